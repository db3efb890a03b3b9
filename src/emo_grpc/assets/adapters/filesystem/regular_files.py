"""Opens stored files, and nothing else that stands in their place."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from emo_grpc.assets.domain.errors import StoredFileCorrupt

AS_IT_IS: Final = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
"""Neither to where a link leads, nor waiting for the other end of a pipe (open(2)). A file's own bytes never wait."""

NO_FILE: Final = (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR)
"""A link; a socket, a pipe that nobody reads or a device without a driver; a folder that is to be written."""

MAX_NOTE_BYTES: Final = 1024


def open_regular(path: str | Path, flags: int) -> int:
    """Open a regular file that exists; gives its descriptor. Raises StoredFileCorrupt if it is none, OSError."""
    try:
        file = os.open(path, flags | AS_IT_IS)
    except OSError as error:
        if error.errno in NO_FILE:
            raise _no_file() from error
        raise
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise _no_file()


def read_note(path: Path) -> str:
    """Give the text of a small file. Raises StoredFileCorrupt if it is no such file, OSError."""
    file = open_regular(path, os.O_RDONLY)
    try:
        return os.pread(file, MAX_NOTE_BYTES, 0).decode("ascii")
    except UnicodeDecodeError as error:
        raise StoredFileCorrupt(f"the note `{path.name}` of the file store was changed") from error
    finally:
        os.close(file)


def _no_file() -> StoredFileCorrupt:
    return StoredFileCorrupt("something else lies where the stored file was")
