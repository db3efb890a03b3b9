"""Moves files out of the way without losing them."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePath
from typing import Final

from emo_grpc.client.transfers.renaming import rename_without_replacing

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
        rename_without_replacing(self._root / path, target)
        self._moved.add(path)

    def has(self, path: PurePath) -> bool:
        """Whether what lay there was moved, perhaps with its folder, and is there still."""
        return not self._moved.isdisjoint((path, *path.parents))

    def bring_back(self, path: PurePath, target: Path) -> None:
        """Move what came from a path to where nothing is. Raises OSError."""
        rename_without_replacing(self.folder / path, target)
        self._moved.discard(path)
        with suppress(OSError):  # something else is in it
            for parent in path.parents:
                (self.folder / parent).rmdir()
                self._moved.discard(parent)
