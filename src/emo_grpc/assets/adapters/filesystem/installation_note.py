"""Whose the folder is."""

from pathlib import Path
from uuid import UUID

from emo_grpc.assets.adapters.filesystem.durable_files import check_present, translated
from emo_grpc.assets.adapters.filesystem.regular_files import read_note
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.shared.adapters.filesystem.write_once import write_once


def claim(note: Path, installation: UUID, home: Path) -> UUID:
    """Write the note, unless there is one; gives what it says. Raises Unavailable if `home` is away."""
    with translated(home):
        check_present(home)
        write_once(note, str(installation))
        text = read_note(note)
    try:
        return UUID(text)
    except ValueError as error:
        raise StoredFileCorrupt("the note `installation` of the file store was changed") from error
