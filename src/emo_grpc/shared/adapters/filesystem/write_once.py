"""Small files that are made once and stay as they are."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder, sync_for_another
from emo_grpc.shared.adapters.filesystem.new_file import open_new_file


def write_once(path: Path, text: str) -> None:
    """Make a file that only its owner may read, unless it is there. Blocking. Raises OSError.

    It appears whole or not at all, and never replaces what another process made meanwhile. It is durable then, whoever
    made it.
    """
    if path.exists():
        sync_for_another(path.parent)
    else:
        _write(path, text)
        sync_folder(path.parent)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = open_new_file(draft)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
