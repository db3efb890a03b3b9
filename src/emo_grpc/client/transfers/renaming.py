"""Gives a file another name, on the same disk, that nothing has yet."""

import errno
import os
from contextlib import suppress
from pathlib import Path


def rename_without_replacing(source: Path, target: Path) -> None:
    """Raises FileExistsError if something has the name of `target`, OSError. Blocking.

    Killed in between, it leaves one file under both names, see `is_one_file`. A folder, and any file where there are no
    hard links, is only looked for before it is renamed; a folder takes the place of nothing but an empty one.
    """
    try:
        os.link(source, target, follow_symlinks=False)  # unlike a rename, it never replaces anything
    except FileExistsError:
        raise _exists(target) from None
    except OSError:
        if os.path.lexists(target):
            raise _exists(target) from None
        source.rename(target)
    else:
        source.unlink(missing_ok=True)


def is_one_file(one: Path, other: Path) -> bool:
    """Whether both are names of one file. Blocking."""
    with suppress(OSError):
        return os.path.samestat(one.lstat(), other.lstat())
    return False


def is_open_file(path: Path, handle: int) -> bool:
    """Whether a name is still that of an open file. Blocking. Raises OSError."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _exists(target: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
