"""Opens the journal of uploads, whatever has become of its file."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emo_grpc.cli.assets.uploads.upload_journal import UploadJournal, print_not_remembered
from emo_grpc.cli.failures import local_sentence
from emo_grpc.cli.terminal.printing import print_error

NAME: Final = "uploads.sqlite3"
SET_ASIDE: Final = f"{NAME}.damaged"
LOCK_SECONDS: Final = 10.0

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS uploads (
    server TEXT, user_id TEXT, path BLOB, size INTEGER, mtime_ns INTEGER,
    request_id TEXT NOT NULL, asset_id TEXT NOT NULL, is_complete INTEGER NOT NULL, time INTEGER NOT NULL,
    folder TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (server, user_id, path, size, mtime_ns)
) WITHOUT ROWID
"""
INDEX: Final = """
CREATE INDEX IF NOT EXISTS unfinished_uploads ON uploads (size, mtime_ns) WHERE NOT is_complete
"""
"""Each new file is looked for under other names: without it, all that a person has sent would be read for each."""
SCHEMA_VERSION: Final = 0
"""PRAGMA user_version of a journal of this shape. The folder came later, with a default, so that earlier releases go on
with the same file."""

DAMAGE: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR})
"""Primary result codes (https://www.sqlite.org/rescode.html): no database, a damaged one, one with other columns."""


class NewerJournal(Exception):
    """A later version of emo has written it, and needs it again."""


@contextmanager
def open_journal(folder: Path) -> Iterator[UploadJournal]:
    """Open it, and forget what is old in it.

    One that is damaged is set aside for a new one; where there can be none, uploads are not remembered. Either is said.
    """
    connection = _opened_or_none(folder)
    try:
        journal = UploadJournal(connection)
        journal.forget_old()
        yield journal
    finally:
        if connection is not None:
            connection.close()


def _opened_or_none(folder: Path) -> sqlite3.Connection | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _opened(folder / NAME)
    except OSError as error:
        print_not_remembered(local_sentence(error))
    except (sqlite3.Error, NewerJournal) as error:
        print_not_remembered(f"{folder / NAME}: {error}")
    return None


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        # The lowest byte of an extended code is the primary one.
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in DAMAGE:
            raise
        _set_aside(path)
        print_error(f"{path} was damaged and is now {SET_ASIDE}: uploads that were broken off begin anew")
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=LOCK_SECONDS)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise NewerJournal("a newer emo has written it")
    connection.execute("PRAGMA journal_mode = WAL")
    # What a power cut takes of the last moments costs an asset that nothing comes into; to sync three times for each
    # file costs as much time as to send it.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(SCHEMA)
    connection.execute(INDEX)
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise sqlite3.DatabaseError(state)
    if "folder" not in {name for _, name, *_ in connection.execute("PRAGMA table_info(uploads)")}:
        connection.execute("ALTER TABLE uploads ADD COLUMN folder TEXT NOT NULL DEFAULT ''")
    connection.execute(
        "SELECT server, user_id, path, size, mtime_ns, request_id, asset_id, is_complete, time, folder FROM uploads"
        " LIMIT 1"
    )


def _set_aside(path: Path) -> None:
    """With what SQLite keeps beside it, which must not be mixed into a new one."""
    for suffix in ("", "-wal", "-shm"):
        found = path.with_name(f"{path.name}{suffix}")
        if found.exists():
            found.replace(path.with_name(f"{SET_ASIDE}{suffix}"))
