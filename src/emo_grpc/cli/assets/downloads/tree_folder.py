"""The folder of a disk that a tree of downloads is written into."""

import errno
import os
import stat
from pathlib import Path, PurePath
from typing import Final

import google_crc32c

from emo_grpc.cli.assets.downloads.wanted import WantedAsset

A_LINK: Final = "is a link; nothing is written through one"
READ_BYTES: Final = 1024 * 1024


class TreeFolder:
    """Files are written into it and nowhere else: not through a link in it that leads out. Its methods block.

    `folder_mode`: of the folders that are made, before the umask.
    """

    def __init__(self, root: Path, folder_mode: int = 0o777) -> None:
        self._root = root
        self._folder_mode = folder_mode

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """Whether a regular file below is the asset's: by its size and its CRC-32C. False for what can't be read."""
        file = self._root / path
        try:
            found = file.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_size != asset.size:
                return False
            return crc32c_of(file) == asset.crc32c
        except OSError:
            return False

    def prepare(self, path: PurePath) -> Path:
        """Make a file's folders; gives where it is. Raises OSError where a link or a folder is in the way."""
        folder = self._root
        for name in path.parts[:-1]:
            folder /= name
            _make(folder, self._folder_mode)
        file = folder / path.name
        if os.path.lexists(file):
            mode = file.lstat().st_mode
            if stat.S_ISLNK(mode):
                raise OSError(errno.ELOOP, A_LINK, str(file))
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
        return file


def is_folder(path: Path) -> bool:
    """Whether there is one; a link is none."""
    return path.is_dir() and not path.is_symlink()


def crc32c_of(path: Path) -> int:
    """Of all of a file. Raises OSError."""
    crc32c = 0
    with path.open("rb") as stream:
        while data := stream.read(READ_BYTES):
            crc32c = google_crc32c.extend(crc32c, data)
    return crc32c


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode)
    except FileExistsError:
        found = folder.lstat().st_mode
        if stat.S_ISLNK(found):
            raise OSError(errno.ELOOP, A_LINK, str(folder)) from None
        if not stat.S_ISDIR(found):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
