"""The repository of assets on SQLite."""

import sqlite3
from collections.abc import Callable
from typing import Final

from emo_grpc.assets.adapters.documents.codec import (
    ASSET_VERSION,
    asset_document,
    dump,
)
from emo_grpc.assets.adapters.sqlite.listing import (
    add_listing,
    change_listing,
    remove_damaged_listing,
    remove_listing,
)
from emo_grpc.assets.adapters.sqlite.records import COLUMNS, Row, asset_in
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetRecordCorrupt, OwnerRemoved
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.shared.adapters.schema_versions import Upcasters, from_outdated
from emo_grpc.shared.adapters.sqlite.database import SqliteTransaction
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId

CHANGED: Final = "the asset was changed at the same moment"
OUTDATED: Final = f"SELECT {COLUMNS} {from_outdated('assets', ASSET_VERSION)} LIMIT ?"
USED: Final = """
SELECT
    (SELECT coalesce(sum(reserved_bytes), 0) FROM asset_usage WHERE owner_id = :owner_id),
    (SELECT coalesce(sum(metadata_bytes), 0) FROM metadata_usage WHERE owner_id = :owner_id),
    (SELECT coalesce(sum(pending_count), 0) FROM metadata_usage WHERE owner_id = :owner_id),
    EXISTS (SELECT 1 FROM removed_owners WHERE owner_id = :owner_id)
"""

Store = Callable[[sqlite3.Connection, Asset], None]


class SqliteAssetRepository:
    """A document for each asset, beside the columns that queries need."""

    def __init__(self, transaction: SqliteTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._track = track
        self._upcasters = upcasters

    async def get(self, asset_id: AssetId) -> Asset | None:
        """The asset, or None."""
        found = await self.find(asset_id)
        if isinstance(found, DamagedAsset):
            raise AssetRecordCorrupt(asset_id)
        return found

    async def find(self, asset_id: AssetId) -> Asset | DamagedAsset | None:
        """As `get`, also when its record is damaged."""
        found = await self._select(f"SELECT {COLUMNS} FROM assets WHERE asset_id = ?", asset_id.value.bytes)  # noqa: S608 - our own SQL
        return found[0] if found else None

    async def save(self, asset: Asset) -> None:
        """Store it, new or changed."""
        await self._store(self._change if asset.version else _add, asset)

    async def add(self, asset: Asset) -> None:
        """Store one that is not there."""
        await self._store(_add, asset)

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it with its wrapped key."""
        await self._transaction.run(lambda connection: self._remove(connection, asset))
        self._track(asset)

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns."""
        return await self._select(
            f"SELECT {COLUMNS} FROM asset_owners INDEXED BY asset_owners_by_create_time"  # noqa: S608 - our own SQL
            " CROSS JOIN assets USING (asset_id) WHERE owner_id = ? LIMIT ?",
            owner_id.value.bytes,
            limit,
        )

    async def usage(self, owner_id: UserId) -> Usage:
        """From the counters that triggers keep, at most one for each kind."""

        def read(connection: sqlite3.Connection) -> tuple[int, int, int, bool]:
            found: tuple[int, int, int, bool] = connection.execute(USED, {"owner_id": owner_id.value.bytes}).fetchone()
            return found

        *used, is_removed = await self._transaction.run(read)
        if is_removed:
            raise OwnerRemoved
        return Usage(*used)

    async def remove_owner(self, owner_id: UserId) -> None:
        """A row for each."""
        values = (owner_id.value.bytes,)
        await self._transaction.run(
            lambda connection: connection.execute("INSERT OR IGNORE INTO removed_owners VALUES (?)", values)
        )

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Two ranges of an index: the key ids below and above that one."""
        return await self._select(
            f"SELECT {COLUMNS} FROM assets WHERE kek_id < ?"  # noqa: S608 - our own SQL
            f" UNION ALL SELECT {COLUMNS} FROM assets WHERE kek_id > ? LIMIT ?",
            kek_id,
            kek_id,
            limit,
        )

    async def outdated(self, limit: int) -> list[Asset | DamagedAsset]:
        """Some that are stored as another release does."""
        return await self._select(OUTDATED, limit)

    async def _store(self, store: Store, asset: Asset) -> None:
        await self._transaction.run(lambda connection: store(connection, asset))
        asset.version += 1
        self._track(asset)

    async def _select(self, sql: str, *values: str | int | bytes) -> list[Asset | DamagedAsset]:
        def read(connection: sqlite3.Connection) -> list[Asset | DamagedAsset]:
            rows: list[Row] = connection.execute(sql, values).fetchall()
            return [asset_in(connection, row, self._upcasters) for row in rows]

        return await self._transaction.run(read)

    def _change(self, connection: sqlite3.Connection, asset: Asset) -> None:
        before = self._stored(connection, asset)
        if isinstance(before, DamagedAsset):  # since it was read
            raise AssetRecordCorrupt(asset.asset_id)
        connection.execute(
            "UPDATE assets SET version = version + 1, blob_key = ?, kek_id = ?, document = ? WHERE asset_id = ?",
            (*_columns(asset), asset.asset_id.value.bytes),
        )
        change_listing(connection, before, asset)

    def _remove(self, connection: sqlite3.Connection, asset: Asset | DamagedAsset) -> None:
        before = self._stored(connection, asset)
        if isinstance(before, DamagedAsset):
            remove_damaged_listing(connection, before)
        else:
            remove_listing(connection, before)
        connection.execute("DELETE FROM assets WHERE asset_id = ?", (asset.asset_id.value.bytes,))

    def _stored(self, connection: sqlite3.Connection, asset: Asset | DamagedAsset) -> Asset | DamagedAsset:
        row: Row | None = connection.execute(
            f"SELECT {COLUMNS} FROM assets WHERE asset_id = ? AND version = ?",  # noqa: S608 - our own SQL
            (asset.asset_id.value.bytes, asset.version),
        ).fetchone()
        if row is None:
            raise ConcurrentChange(CHANGED)
        return asset_in(connection, row, self._upcasters)


def _add(connection: sqlite3.Connection, asset: Asset) -> None:
    try:
        connection.execute(
            "INSERT INTO assets (asset_id, version, blob_key, kek_id, document) VALUES (?, ?, ?, ?, ?)",
            (asset.asset_id.value.bytes, asset.version + 1, *_columns(asset)),
        )
    except sqlite3.IntegrityError as error:
        raise ConcurrentChange("an asset with this id was made at the same moment") from error
    add_listing(connection, asset)


def _columns(asset: Asset) -> tuple[bytes | None, str | None, str]:
    content = asset.content
    document = dump(asset_document(asset))
    if content is None:
        return None, None, document
    return content.blob_key.value.bytes, content.wrapped_key.kek_id, document
