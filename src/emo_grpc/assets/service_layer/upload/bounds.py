"""Which sizes a file can have, by what was declared and what is persisted."""

from emo_grpc.assets.domain.commands import UploadTicket
from emo_grpc.assets.domain.errors import FileAlreadyComplete, SizeMismatch
from emo_grpc.assets.domain.layout import MAX_PARTS
from emo_grpc.shared.domain.errors import FieldViolation


def check_room(ticket: UploadTicket, end: int) -> None:
    """Raises FileAlreadyComplete, SizeMismatch if the file can't have bytes up to `end`."""
    if end <= ticket.persisted_size:
        return
    if ticket.is_complete:
        raise FileAlreadyComplete("the file of this asset is complete, and files are never replaced")
    limit = ticket.declared_size or MAX_PARTS * ticket.part_size
    if end > limit or ticket.is_closed:
        limit = ticket.persisted_size if ticket.is_closed else limit
        raise _size_mismatch("chunk.data", f"goes beyond the {limit} bytes that the file can have", limit)


def check_end(ticket: UploadTicket, position: int) -> None:
    """Raises SizeMismatch if the file can't end at `position`."""
    expected = max(ticket.declared_size, ticket.persisted_size)
    if position < expected:
        raise _size_mismatch("finish", f"comes at {position} of {expected} bytes", expected)


def _size_mismatch(name: str, description: str, expected: int) -> SizeMismatch:
    return SizeMismatch(
        f"{name} {description}", [FieldViolation(name, description)], metadata={"expected_size": str(expected)}
    )
