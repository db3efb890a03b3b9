"""What POSIX asks for before a new name survives a power cut."""

import errno
import os
from pathlib import Path
from typing import Final

NOT_OURS: Final = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EINVAL)
"""Nobody without rights has made anything there, nor on a volume that is read-only or knows no sync of folders."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Blocking. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing; its name is durable then. Blocking. Raises OSError."""
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise
        sync_for_another(folder.parent)
    else:
        sync_folder(folder.parent)


def sync_for_another(folder: Path) -> None:
    """Make names durable that another process may have made, and died before it did this. Blocking. Raises OSError."""
    try:
        sync_folder(folder)
    except OSError as error:
        if error.errno not in NOT_OURS:
            raise
