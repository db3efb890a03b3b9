"""What each owner's metadata count, on SQLite."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.ids import AssetId

METADATA: Final = """
CREATE TABLE IF NOT EXISTS asset_metadata (
    asset_id BLOB NOT NULL REFERENCES assets ON DELETE CASCADE,
    owner_id BLOB NOT NULL,
    metadata_bytes INTEGER NOT NULL,
    is_pending INTEGER NOT NULL,
    PRIMARY KEY (asset_id, owner_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metadata_usage (
    owner_id BLOB NOT NULL PRIMARY KEY,
    asset_count INTEGER NOT NULL,
    metadata_bytes INTEGER NOT NULL,
    pending_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS asset_metadata_added AFTER INSERT ON asset_metadata BEGIN
    INSERT INTO metadata_usage (owner_id, asset_count, metadata_bytes, pending_count)
        VALUES (NEW.owner_id, 1, NEW.metadata_bytes, NEW.is_pending)
        ON CONFLICT DO UPDATE SET
            asset_count = asset_count + 1,
            metadata_bytes = metadata_bytes + excluded.metadata_bytes,
            pending_count = pending_count + excluded.pending_count;
END;
CREATE TRIGGER IF NOT EXISTS asset_metadata_removed AFTER DELETE ON asset_metadata BEGIN
    UPDATE metadata_usage SET
        asset_count = asset_count - 1,
        metadata_bytes = metadata_bytes - OLD.metadata_bytes,
        pending_count = pending_count - OLD.is_pending
        WHERE owner_id = OLD.owner_id;
    DELETE FROM metadata_usage WHERE owner_id = OLD.owner_id AND asset_count = 0;
END;
CREATE TRIGGER IF NOT EXISTS asset_metadata_changed AFTER UPDATE OF metadata_bytes, is_pending ON asset_metadata BEGIN
    UPDATE metadata_usage SET
        metadata_bytes = metadata_bytes + NEW.metadata_bytes - OLD.metadata_bytes,
        pending_count = pending_count + NEW.is_pending - OLD.is_pending
        WHERE owner_id = NEW.owner_id;
END;
"""
"""The tables, and triggers that keep the counters, as those of sqlite_schema do."""

_COUNT_METADATA: Final = """
    INSERT INTO asset_metadata (asset_id, owner_id, metadata_bytes, is_pending) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET metadata_bytes = excluded.metadata_bytes, is_pending = excluded.is_pending
        WHERE (metadata_bytes, is_pending) <> (excluded.metadata_bytes, excluded.is_pending)
"""
_LEAVE_METADATA: Final = "DELETE FROM asset_metadata WHERE asset_id = ? AND owner_id = ?"


def count_metadata(connection: sqlite3.Connection, asset: Asset) -> None:
    """Let each owner of an asset count it as it is."""
    asset_id, counted = asset.asset_id.value.bytes, (asset.metadata_bytes, asset.is_pending)
    connection.executemany(_COUNT_METADATA, [(asset_id, owner.value.bytes, *counted) for owner in asset.owner_ids])


def leave_metadata(connection: sqlite3.Connection, asset_id: AssetId, owners: Iterable[bytes]) -> None:
    """Let those who own an asset no longer not count it any more."""
    connection.executemany(_LEAVE_METADATA, [(asset_id.value.bytes, owner) for owner in owners])
