"""Moves files out of the way without losing them."""

import errno
import os
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
        self.is_used = False

    def move(self, path: PurePath) -> None:
        """Move what lies at a path there, under the same path. Raises OSError; never replaces anything."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() or target.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        (self._root / path).rename(target)
        self.is_used = True
