"""Remembers which file became which asset, so that an upload that was killed goes on later."""

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

REMEMBERED_SECONDS: Final = 90 * 24 * 3600

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS uploads (
    server TEXT, user_id TEXT, path BLOB, size INTEGER, mtime_ns INTEGER,
    request_id TEXT NOT NULL, asset_id TEXT NOT NULL, is_complete INTEGER NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (server, user_id, path, size, mtime_ns)
) WITHOUT ROWID
"""


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
        return cls(server, user_id, os.fsencode(path.resolve()), found.st_size, found.st_mtime_ns)

    @property
    def key(self) -> tuple[object, ...]:
        """The values of the primary key."""
        return (self.server, self.user_id, self.path, self.size, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of it. `asset_id` is empty until the server has told it."""

    request_id: str
    asset_id: str = ""
    is_complete: bool = False

    @classmethod
    def new(cls) -> Self:
        """The entry of an upload that begins."""
        return cls(str(uuid.uuid4()))

    def known_as(self, asset_id: str) -> "Entry":
        """Now that the server has made the asset."""
        return replace(self, asset_id=asset_id)

    def completed(self) -> "Entry":
        """Now that the file is in."""
        return replace(self, is_complete=True)


class UploadJournal:
    """A small database in the folder of settings; several processes may use it at once. Its methods block."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, version: FileVersion) -> Entry | None:
        """What is known of this very version of the file."""
        row = self._connection.execute(
            "SELECT request_id, asset_id, is_complete FROM uploads"
            " WHERE (server, user_id, path, size, mtime_ns) = (?, ?, ?, ?, ?)",
            version.key,
        ).fetchone()
        return None if row is None else Entry(row[0], row[1], bool(row[2]))

    def unfinished_before(self, version: FileVersion) -> list[str]:
        """Assets that other versions of the same file were to become."""
        rows = self._connection.execute(
            "SELECT asset_id FROM uploads WHERE (server, user_id, path) = (?, ?, ?)"
            " AND (size, mtime_ns) <> (?, ?) AND NOT is_complete AND asset_id <> ''",
            version.key,
        )
        return [asset_id for (asset_id,) in rows]

    def note(self, version: FileVersion, entry: Entry) -> None:
        """Remember it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*version.key, entry.request_id, entry.asset_id, entry.is_complete, int(time.time())),
        )

    def forget(self, asset_id: str) -> None:
        """Forget an asset."""
        self._connection.execute("DELETE FROM uploads WHERE asset_id = ?", (asset_id,))


@contextmanager
def open_journal(folder: Path) -> Iterator[UploadJournal]:
    """Open it, and forget what is three months old."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "uploads.sqlite3"
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(SCHEMA)
        connection.execute("DELETE FROM uploads WHERE time < ?", (int(time.time()) - REMEMBERED_SECONDS,))
        yield UploadJournal(connection)
    finally:
        connection.close()
