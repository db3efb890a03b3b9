"""What is made durable while somebody looks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch


class Syncs:
    """Files and folders that were synced, by any name that they have now."""

    def __init__(self) -> None:
        self._found: list[tuple[int, int]] = []

    def __contains__(self, path: Path) -> bool:
        return _identity(path.stat()) in self._found

    def order(self, *paths: Path) -> list[Path]:
        """Those of them that were synced, in the order in which each first was."""
        found = [path for path in paths if path in self]
        return sorted(found, key=lambda path: self._found.index(_identity(path.stat())))

    def note(self, handle: int) -> None:
        self._found.append(_identity(os.fstat(handle)))


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


@contextmanager
def watched_syncs() -> Iterator[Syncs]:
    """Those of this process, which go to the system as ever."""
    found, fsync, fdatasync = Syncs(), os.fsync, os.fdatasync

    def noted_fsync(handle: int) -> None:
        fsync(handle)
        found.note(handle)

    def noted_fdatasync(handle: int) -> None:
        fdatasync(handle)
        found.note(handle)

    with patch.object(os, "fsync", noted_fsync), patch.object(os, "fdatasync", noted_fdatasync):
        yield found
