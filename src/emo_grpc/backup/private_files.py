"""Files that only their owner may read, whatever the umask."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from emo_grpc.shared.adapters.filesystem.new_file import open_new_file

COPIED_AT_ONCE: Final = 1 << 20


@contextmanager
def new_private_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file; durable when the block ends, but for its name. Blocking. Raises OSError."""
    with os.fdopen(open_new_file(path), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def open_plain(path: Path) -> IO[bytes]:
    """Open a file, and neither what a link names nor what gives bytes without end. Blocking. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # which waits for nobody at a pipe
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise OSError(errno.EINVAL, "it is no file", str(path))


def copy_private(source: Path, target: Path) -> None:
    """Copy into a new file, as above."""
    with open_plain(source) as given, new_private_file(target) as file:
        shutil.copyfileobj(given, file, COPIED_AT_ONCE)


def sync_file(path: Path) -> None:
    """Make what another has written into a file durable. Blocking. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
