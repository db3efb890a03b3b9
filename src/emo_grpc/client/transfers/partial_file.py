"""The file that a download grows in before it gets its name."""

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import google_crc32c

from emo_grpc.client.errors import DownloadUnderWay, TargetExists
from emo_grpc.client.transfers.renaming import is_one_file, is_open_file, rename_without_replacing
from emo_grpc.private_file import sync_folder, try_lock

READ_BYTES: Final = 1024 * 1024
NEW_FILE_MODE: Final = 0o666
"""Of which the system takes what the umask says."""
OWNER_MODE: Final = 0o600
MAX_NAME_BYTES: Final = 255
BINARY_AND_NO_LINK: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
"""Each system has what it needs of them."""


class PartialFile:
    """An open and locked `.part` file. Its methods block.

    `size` bytes are in it, and their CRC-32C is `crc32c`.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle
        self.size = 0
        self.crc32c = 0

    def resume(self, wanted: int) -> None:
        """Read what is there from an earlier download, at most `wanted` bytes."""
        while data := os.pread(self._handle, min(READ_BYTES, wanted - self.size), self.size):
            self.size += len(data)
            self.crc32c = google_crc32c.extend(self.crc32c, data)
        os.ftruncate(self._handle, self.size)

    def append(self, data: bytes) -> None:
        """Write the next bytes."""
        self.crc32c = google_crc32c.extend(self.crc32c, data)
        view = memoryview(data)
        while view:
            written = os.pwrite(self._handle, view, self.size)
            self.size += written
            view = view[written:]

    def reset(self) -> None:
        """Begin again."""
        os.ftruncate(self._handle, 0)
        self.size = self.crc32c = 0

    def finish(self, target: Path, *, overwrite: bool) -> None:
        """Give it its name, once its bytes are safe. Raises TargetExists unless `overwrite`.

        A file that is replaced leaves it its mode, and its owner as far as that is allowed.
        """
        os.fsync(self._handle)
        if overwrite:
            self._copy_owner_and_mode(target)
            self._path.replace(target)
        else:
            self._name_without_replacing(target)
        sync_folder(target.parent)

    def _copy_owner_and_mode(self, target: Path) -> None:
        with suppress(FileNotFoundError):
            replaced = target.stat()
            if hasattr(os, "fchown"):  # which Windows has not
                with suppress(PermissionError):
                    os.fchown(self._handle, replaced.st_uid, replaced.st_gid)
                os.fchmod(self._handle, stat.S_IMODE(replaced.st_mode))

    def _name_without_replacing(self, target: Path) -> None:
        try:
            rename_without_replacing(self._path, target)
        except FileExistsError:
            raise already_exists(target) from None


def whole_identity(asset_id: str, size: int, crc32c: int) -> str:
    """Names the bytes of a whole file."""
    return range_identity(asset_id, size, crc32c, 0, size)


def range_identity(asset_id: str, size: int, crc32c: int, begin: int, end: int) -> str:
    """Names the bytes from `begin` to before `end` of a file of this size and CRC-32C."""
    return f"{asset_id} {size} {crc32c} {begin} {end}"


def part_path(target: Path, identity: str) -> Path:
    """Where a download to `target` grows: beside it, named by it and by what makes the bytes unmistakable."""
    mark = uuid.uuid5(uuid.NAMESPACE_OID, identity).hex
    suffix = f".{mark}.part"
    stem = target.name.encode(errors="surrogateescape")[: MAX_NAME_BYTES - len(suffix)].decode(errors="ignore")
    return target.with_name(stem + suffix)


@contextmanager
def open_part(target: Path, identity: str) -> Iterator[PartialFile]:
    """Open, or make, the partial file of a download.

    `identity` names the very bytes: a partial file of others is never gone on with. What was received stays there when
    the download fails. Others may read it as they may read the target. Raises DownloadUnderWay when another download is
    at it, OSError.
    """
    path = part_path(target, identity)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | BINARY_AND_NO_LINK, _mode_beside(target))
    try:
        if not try_lock(handle) or not is_open_file(path, handle):
            raise DownloadUnderWay(f"{target} is being downloaded already")
        try:
            yield PartialFile(path, handle)
        finally:
            if not os.fstat(handle).st_size:
                path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def end_naming(part: Path, target: Path) -> None:
    """Do what a process left that was killed while it gave a partial file its name: it has both. Blocking."""
    if is_one_file(part, target):
        part.unlink(missing_ok=True)


def _mode_beside(target: Path) -> int:
    try:
        return target.stat().st_mode & NEW_FILE_MODE | OWNER_MODE
    except OSError:
        return NEW_FILE_MODE


def already_exists(target: Path) -> TargetExists:
    """The error of a target that is there already."""
    return TargetExists(f"{target} exists already")
