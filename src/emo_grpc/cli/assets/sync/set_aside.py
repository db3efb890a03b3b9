"""Moves files out of the way without losing them."""

import errno
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePath
from typing import Final

PREFIX: Final = ".emo-trash-"
"""Hidden, so that no upload takes it for something to send."""


class SetAside:
    """A folder `.emo-trash-<time>` inside of the one that is synced, on the same disk; made when needed. Blocking."""

    def __init__(self, root: Path, now: datetime) -> None:
        self._root = root
        self.folder = root / f"{PREFIX}{now:%Y-%m-%dT%H-%M-%S}"
        self._moved: set[PurePath] = set()

    @property
    def is_used(self) -> bool:
        """Whether something is in it now."""
        return bool(self._moved)

    def move(self, path: PurePath) -> None:
        """Move what lies at a path there, under the same path. Raises OSError; never replaces anything."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        move_file(self._root / path, target)
        self._moved.add(path)

    def has(self, path: PurePath) -> bool:
        """Whether what lay there was moved, and is there still."""
        return path in self._moved

    def bring_back(self, path: PurePath, target: Path) -> None:
        """Move what came from a path to where nothing is. Raises OSError."""
        move_file(self.folder / path, target)
        self._moved.discard(path)
        with suppress(OSError):  # something else is in it
            for folder in (self.folder / path).parents:
                folder.rmdir()
                if folder == self.folder:
                    break


def move_file(source: Path, target: Path) -> None:
    """Give a file another path on the same disk. Raises OSError; replaces nothing."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)
