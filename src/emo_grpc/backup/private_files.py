"""Files that only their owner may read, whatever the umask."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

COPIED_AT_ONCE: Final = 1 << 20


@contextmanager
def new_private_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file; durable when the block ends, but for its name. Blocking. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def copy_private(source: Path, target: Path) -> None:
    """Copy into a new file, as above."""
    with source.open("rb") as given, new_private_file(target) as file:
        shutil.copyfileobj(given, file, COPIED_AT_ONCE)


def sync_file(path: Path) -> None:
    """Make what another has written into a file durable. Blocking. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
