"""When what is in the trash is destroyed, and the names of its lists, on SQLite."""

import sqlite3
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.domain.ids import UserId

TRASH: Final = b"T"
"""Before the owner_id of the rows that lists of the trash go through; no user's id has 17 bytes."""

TRASH_TABLE: Final = """
CREATE TABLE IF NOT EXISTS asset_trash (
    asset_id BLOB NOT NULL PRIMARY KEY REFERENCES assets ON DELETE CASCADE,
    purge_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_trash_by_purge_time ON asset_trash (purge_time);
"""
_PUT: Final = "INSERT INTO asset_trash (asset_id, purge_time) VALUES (?, ?)"
_TAKE: Final = "DELETE FROM asset_trash WHERE asset_id = ?"


def trash_of(owner_id: UserId) -> bytes:
    """The owner_id of the rows that the list of this owner's trash goes through."""
    return TRASH + owner_id.value.bytes


def change_trash(connection: sqlite3.Connection, before: Asset | None, after: Asset) -> None:
    """Let it be destroyed when it is to be now; `before`: as it was, None if it is new."""
    key, was = after.asset_id.value.bytes, before and before.purge_time
    if was == after.purge_time:
        return
    if was is not None:
        connection.execute(_TAKE, (key,))
    if after.purge_time is not None:
        connection.execute(_PUT, (key, microseconds(after.purge_time)))
