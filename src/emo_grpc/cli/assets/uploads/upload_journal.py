"""Remembers which file became which asset, so that an upload that was killed goes on later."""

import os
import sqlite3
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from emo_grpc.cli.terminal.printing import print_error

REMEMBERED_SECONDS: Final = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One state of one file, going to one user's assets at one server. `path` is absolute, in the system's bytes."""

    server: str
    user_id: str
    path: bytes
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, server: str, user_id: str) -> Self:
        """As the file is now; raises OSError."""
        found = path.stat()
        # A link is a file of its own, by its own name, though what it leads to may be sent as well.
        own = path.parent.resolve() / path.name
        return cls(server, user_id, os.fsencode(own), found.st_size, found.st_mtime_ns)

    def matches(self, path: Path) -> bool:
        """Whether another path has a file that looks the same."""
        try:
            found = path.stat()
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (self.size, self.mtime_ns)

    @property
    def key(self) -> tuple[object, ...]:
        """The values of the primary key."""
        return (self.server, self.user_id, self.path, self.size, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of it. `asset_id` is empty until the server has told it; `folder` is where it was put."""

    request_id: str
    asset_id: str = ""
    is_complete: bool = False
    folder: str = ""

    @classmethod
    def new(cls, folder: str = "") -> Self:
        """The entry of an upload that begins."""
        return cls(str(uuid.uuid4()), folder=folder)

    def with_asset(self, asset_id: str) -> "Entry":
        """Now that the server has made the asset."""
        return replace(self, asset_id=asset_id)

    def moved(self, folder: str) -> "Entry":
        """Now that the asset is in this folder."""
        return replace(self, folder=folder)

    def completed(self) -> "Entry":
        """Now that the file is in."""
        return replace(self, is_complete=True)


class UploadJournal:
    """A small database in the folder of settings; several processes may use it at once. Its methods block.

    No upload fails because it can't be remembered: once the journal fails, which is said once, it knows of nothing and
    keeps nothing. `connection` None: it has failed already.
    """

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection

    def find(self, version: FileVersion) -> Entry | None:
        """What is known of this very version of the file."""
        rows = self._rows(
            "SELECT request_id, asset_id, is_complete, folder FROM uploads"
            " WHERE (server, user_id, path, size, mtime_ns) = (?, ?, ?, ?, ?)",
            version.key,
        )
        return Entry(rows[0][0], rows[0][1], bool(rows[0][2]), rows[0][3]) if rows else None

    def unfinished_before(self, version: FileVersion) -> list[str]:
        """Assets that other versions of the same file were to become."""
        rows = self._rows(
            "SELECT asset_id FROM uploads WHERE (server, user_id, path) = (?, ?, ?)"
            " AND (size, mtime_ns) <> (?, ?) AND NOT is_complete AND asset_id <> ''",
            version.key,
        )
        return [asset_id for (asset_id,) in rows]

    def unfinished_elsewhere(self, version: FileVersion) -> list[tuple[bytes, str]]:
        """Paths of files that looked just so when their upload began, and the assets that they were to become."""
        return self._rows(
            "SELECT path, asset_id FROM uploads WHERE (server, user_id) = (?, ?) AND path <> ?"
            " AND (size, mtime_ns) = (?, ?) AND NOT is_complete AND asset_id <> ''",
            version.key,
        )

    def store(self, version: FileVersion, entry: Entry) -> None:
        """Remember it."""
        self._rows(
            "INSERT OR REPLACE INTO uploads"
            " (server, user_id, path, size, mtime_ns, request_id, asset_id, is_complete, folder, time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*version.key, entry.request_id, entry.asset_id, entry.is_complete, entry.folder, int(time.time())),
        )

    def set_path(self, asset_id: str, path: bytes) -> None:
        """Remember that the file of an asset has another path now."""
        self._rows("UPDATE uploads SET path = ? WHERE asset_id = ?", (path, asset_id))

    def forget(self, asset_id: str) -> None:
        """Forget an asset."""
        self._rows("DELETE FROM uploads WHERE asset_id = ?", (asset_id,))

    def forget_old(self) -> None:
        """Forget what is three months old."""
        self._rows("DELETE FROM uploads WHERE time < ?", (int(time.time()) - REMEMBERED_SECONDS,))

    # Any: the columns that a statement asks for.
    def _rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            self._connection = None
            print_not_remembered(str(error))
            return []


def print_not_remembered(why: str) -> None:
    """One line, in words for a person who only wants to upload."""
    print_error(f"what is uploaded now is not remembered, and begins anew if it is broken off: {why}")
