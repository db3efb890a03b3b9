"""One server on one data folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emo_grpc.settings import CannotStart

FILE_NAME: Final = "server.lock"


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Have the folder to oneself; raises CannotStart when another server has it.

    The operating system lets go of the lock with the process, however that ends, so a stale one can't be.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / FILE_NAME).open("a")
    except OSError as error:
        raise CannotStart(f"DATA_FOLDER {folder} can't be used: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"another server runs on {folder}: stop it, or set DATA_FOLDER to another") from None
        yield
