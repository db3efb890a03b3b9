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
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder
from emo_grpc.shared.domain.errors import StorageFull, Unavailable

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TAKEN: Final = (errno.EEXIST, errno.ENOTEMPTY)
RESERVED: Final = 48 << 20
"""Free bytes of its volume that no part takes. The database may be there too: it notes what is persisted, and has to
write before anything can be deleted to make room. More than what parts may write after they saw that there is room:
all buffers that are written behind, and a segment for each transfer thread."""


def check_present(home: Path) -> None:
    """Raise Unavailable unless the folder `home` is there: else nothing that is missing is known to be gone."""
    if not os.path.isdir(home):  # noqa: PTH112 - unlike Path.is_dir, false too when the system gives another error
        raise Unavailable("the file store is away")


@contextmanager
def translated(home: Path | None = None) -> Iterator[None]:
    """Turn the operating system's errors into ours; what is missing is BlobNotFound only while `home` is there."""
    try:
        yield
    except FileNotFoundError as error:
        if home is not None:
            check_present(home)
        raise BlobNotFound("there is no such upload or object, or a part of it is gone") from error
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull("the file store has no room left") from error
        raise Unavailable(f"the file store does not answer ({os.strerror(error.errno or 0)})") from error


def check_room(file: int) -> None:
    """Raise StorageFull if the volume of an open file has no more room than what is reserved."""
    volume = os.fstatvfs(file)
    says_its_size = volume.f_blocks > 0
    if says_its_size and volume.f_bavail * volume.f_frsize < RESERVED:
        raise StorageFull("the file store has no room left")


def link_all(files: Mapping[str, Path], folder: Path, mark: str) -> None:
    """Make a folder that has each file under the given name, and an empty file `mark`; durable afterwards."""
    folder.mkdir(mode=0o700)
    for name, file in files.items():
        (folder / name).hardlink_to(file)
    add_mark(folder, mark)


def add_mark(folder: Path, mark: str) -> None:
    """Make an empty file in a folder; durable afterwards, as all names there."""
    (folder / mark).touch(mode=0o600)
    sync_folder(folder)


def rename_unless_taken(source: Path, target: Path) -> None:
    """Rename a folder; nothing happens if the target is there already and not empty."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno not in TAKEN:
            raise


def discard(folder: Path, trash: Path, home: Path) -> None:
    """Move a folder, if it is there, to the trash, durably; see `empty`. Raises Unavailable if `home` is away."""
    with translated(home):
        check_present(home)
        trash.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            folder.rename(trash / secrets.token_hex(8))
        with suppress(FileNotFoundError):
            # Also when it was gone before: who renamed it may have died just then.
            sync_folder(folder.parent)
        check_present(home)


def empty(folder: Path) -> None:
    """Remove all folders in a folder, as far as possible."""
    for name in names(folder, folder):
        shutil.rmtree(folder / name, ignore_errors=True)


def is_there(folder: Path, home: Path) -> bool:
    """Whether there is such a folder. Raises Unavailable if `home` is away."""
    with translated(home):
        if folder.is_dir():
            return True
        check_present(home)
        return False


def names(folder: Path, home: Path) -> list[str]:
    """The names in a folder, none if it is not there. Raises Unavailable if `home` is away."""
    with translated():
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208 - names are all we want
        except FileNotFoundError:
            check_present(home)
            return []
