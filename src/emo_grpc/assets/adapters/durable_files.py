"""Files that survive a power cut: what POSIX asks for, in blocking calls."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.shared.domain.errors import StorageFull, Unavailable

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TAKEN: Final = (errno.EEXIST, errno.ENOTEMPTY)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the operating system's errors into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise BlobNotFound("there is no such upload or object, or a part of it is gone") from error
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull("the file store has no room left") from error
        raise Unavailable(f"the file store does not answer ({os.strerror(error.errno or 0)})") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def link_all(files: Mapping[str, Path], folder: Path, mark: str) -> None:
    """Make a folder that has each file under the given name, and an empty file `mark`; durable afterwards."""
    folder.mkdir(mode=0o700)
    for name, file in files.items():
        (folder / name).hardlink_to(file)
    (folder / mark).touch(mode=0o600)
    sync_folder(folder)


def rename_unless_taken(source: Path, target: Path) -> None:
    """Rename a folder; nothing happens if the target is there already and not empty."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno not in TAKEN:
            raise


def discard(folder: Path, trash: Path) -> None:
    """Remove a folder, if it is there. Its name is gone at once, even when this is cut short; see `empty`."""
    with translated():
        trash.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            folder.rename(trash / secrets.token_hex(8))
    empty(trash)


def empty(folder: Path) -> None:
    """Remove all folders in a folder, as far as possible; several may try at the same time."""
    for name in names(folder):
        shutil.rmtree(folder / name, ignore_errors=True)


def names(folder: Path) -> list[str]:
    """The names in a folder, none if it is not there."""
    with translated():
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208 - names are all we want
        except FileNotFoundError:
            return []
