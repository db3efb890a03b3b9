"""One server on one data folder."""

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

from emo_grpc.settings import CannotStart, Settings
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder

FILE_NAME: Final = "server.lock"

STOP_OR_GO_ELSEWHERE: Final = "stop it, or set DATA_FOLDER to another"


def own_folder(settings: Settings) -> AbstractContextManager[int | None]:
    """Lock the folder of embedded engines, see `locked_folder`; engines elsewhere need no lock."""
    is_needed = not (settings.has_shared_engines or settings.is_ephemeral)
    return locked_folder(settings.data_folder) if is_needed else nullcontext()


@contextmanager
def locked_folder(folder: Path, remedy: str = STOP_OR_GO_ELSEWHERE) -> Iterator[int]:
    """Lock the folder; raises CannotStart, with the `remedy` in its sentence, when another server has locked it.

    Gives the descriptor that holds the lock. The operating system releases the lock when the last process with the
    descriptor has ended, in whatever way, so there are no stale locks.
    """
    try:
        make_folder(folder)
        file = (folder / FILE_NAME).open("a")
    except OSError as error:
        raise CannotStart(f"DATA_FOLDER {folder} can't be used: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"another server runs on {folder}: {remedy}") from None
        yield file.fileno()
