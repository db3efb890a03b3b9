"""Which bytes a file can have, by what was declared and what is persisted."""

from emo_grpc.assets.domain.errors import ChunkChecksumMismatch, SizeMismatch
from emo_grpc.assets.domain.layout import MAX_PARTS
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.shared.domain.errors import FieldViolation


def check_chunk(chunk: ReceivedChunk, offset: int) -> None:
    """Raises ChunkChecksumMismatch if the chunk at `offset` has another CRC-32C than the one sent with it, if any."""
    if chunk.sent_crc32c not in (None, chunk.crc32c):
        raise ChunkChecksumMismatch("a chunk is not what its crc32c says", metadata={"offset": str(offset)})


def check_room(upload: OpenUpload, end: int) -> None:
    """Raises SizeMismatch if the file can't have bytes up to `end`."""
    if end <= upload.persisted_size:
        return
    limit = upload.declared_size or MAX_PARTS * upload.part_size
    if end > limit or upload.is_closed:
        limit = upload.persisted_size if upload.is_closed else limit
        raise _size_mismatch("chunk.data", f"goes beyond the {limit} bytes that the file can have", limit)


def check_end(position: int, least: int) -> None:
    """Raises SizeMismatch if the file can't end at `position`, because it has at `least` so many bytes."""
    if position < least:
        raise _size_mismatch("finish", f"comes at {position} of {least} bytes", least)


def _size_mismatch(name: str, description: str, expected: int) -> SizeMismatch:
    return SizeMismatch(
        f"{name} {description}", [FieldViolation(name, description)], metadata={"expected_size": str(expected)}
    )
