"""The repository of assets on SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from emo_grpc.assets.adapters.documents.asset import asset_to_document
from emo_grpc.assets.adapters.documents.values import dump, owner_digest
from emo_grpc.assets.adapters.sqlite.folder_moves import find_move, folder_extent, rows_with_facet, set_move
from emo_grpc.assets.adapters.sqlite.labels import LABEL_COUNT
from emo_grpc.assets.adapters.sqlite.listing import (
    add_listing,
    change_listing,
    remove_damaged_listing,
    remove_listing,
)
from emo_grpc.assets.adapters.sqlite.tables import ASSETS, not_wrapped_with
from emo_grpc.assets.adapters.sqlite.trash import trash_of
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetRecordCorrupt, OwnerRemoved
from emo_grpc.assets.domain.folder_move import FolderExtent, FolderMove, Place
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.shared.adapters.document_repository import changed
from emo_grpc.shared.adapters.sqlite.document_repository import SqliteDocumentRepository
from emo_grpc.shared.adapters.sqlite.statements import first_row, only_row
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.domain.ids import UserId

OWNED: Final = f"""
SELECT {ASSETS.columns} FROM asset_owners INDEXED BY asset_owners_by_create_time CROSS JOIN assets USING (asset_id)
WHERE owner_id IN (?, ?) LIMIT ?
"""  # noqa: S608 - our own column names
IN_TRASH: Final = f"""
SELECT {ASSETS.columns} FROM asset_owners INDEXED BY asset_owners_by_update_time CROSS JOIN assets USING (asset_id)
WHERE owner_id = ? ORDER BY update_time, asset_id LIMIT ?
"""  # noqa: S608 - as above
DUE: Final = f"""
SELECT {ASSETS.columns} FROM asset_trash CROSS JOIN assets USING (asset_id) WHERE purge_time <= ?
ORDER BY purge_time LIMIT ?
"""  # noqa: S608 - as above
USED: Final = """
SELECT
    (SELECT coalesce(sum(reserved_bytes), 0) FROM asset_usage WHERE owner_id IN (?1, ?3)),
    (SELECT coalesce(sum(metadata_bytes), 0) FROM metadata_usage WHERE owner_id = ?1),
    (SELECT coalesce(sum(pending_count), 0) FROM metadata_usage WHERE owner_id = ?1),
    EXISTS (SELECT 1 FROM removed_owners WHERE owner_id IN (?1, ?2))
"""
REMOVED: Final = "INSERT OR IGNORE INTO removed_owners VALUES (?)"


class SqliteAssetRepository(SqliteDocumentRepository[AssetId, Asset, DamagedAsset]):
    """A document for each asset, beside the columns that queries need."""

    _tells_at_once = False

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it with its wrapped key."""
        await self._transaction.run(lambda connection: self._delete_row(connection, asset))
        self._track(asset)

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns."""
        return await self._select(OWNED, owner_id.value.bytes, trash_of(owner_id), limit)

    async def in_trash(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """A range of the list of the user's trash."""
        return await self._select(IN_TRASH, trash_of(owner_id), limit)

    async def due(self, now: datetime, limit: int) -> list[Asset | DamagedAsset]:
        """Those first whose time is over longest."""
        return await self._select(DUE, microseconds(now), limit)

    async def usage(self, owner_id: UserId) -> Usage:
        """From the counters that triggers keep, at most one for each kind."""
        values = (owner_id.value.bytes, owner_digest(owner_id), trash_of(owner_id))
        *used, is_removed = await self._transaction.run(only_row(USED, *values))
        if is_removed:
            raise OwnerRemoved
        return Usage(*used)

    async def remove_owner(self, owner_id: UserId) -> None:
        """A row for each."""
        await self._execute(REMOVED, owner_id.value.bytes)

    async def forget_owner(self, owner_id: UserId) -> None:
        """A digest in place of the id."""
        await self._execute(REMOVED, owner_digest(owner_id))
        await self._execute("DELETE FROM removed_owners WHERE owner_id = ?", owner_id.value.bytes)

    async def save_all(self, assets: Sequence[Asset]) -> None:
        """In one go on the writer's thread."""

        def write(connection: sqlite3.Connection) -> None:
            for asset in assets:
                self._update_row(connection, asset)

        await self._transaction.run(write)
        for asset in assets:
            self._stored(asset)

    async def with_facet(
        self, owner_id: UserId, facet: str, value: str, after: Place | None, limit: int
    ) -> tuple[list[Asset], Place | None]:
        """A range of the facets."""

        def read(connection: sqlite3.Connection) -> tuple[list[Asset], Place | None]:
            rows = rows_with_facet(connection, owner_id, (facet, value), after, limit + 1)
            found = [self._table.read(connection, row, self._upcasters) for row, _ in rows[:limit]]
            last = rows[limit - 1][1] if len(rows) > limit else None
            return [asset for asset in found if isinstance(asset, Asset)], last

        return await self._transaction.run(read)

    async def label_count(self, owner_id: UserId, kind: LabelKind, label: str) -> int:
        """One of the counters that triggers keep."""
        found = await self._transaction.run(first_row(LABEL_COUNT, owner_id.value.bytes, kind, label))
        return found[0] if found else 0

    async def folder_extent(self, owner_id: UserId, folder: str, most: int) -> FolderExtent:
        """From the counters that triggers keep."""
        return await self._transaction.run(lambda connection: folder_extent(connection, owner_id, folder, most))

    async def folder_move(self, owner_id: UserId) -> FolderMove | None:
        """A row for each."""
        return await self._transaction.run(lambda connection: find_move(connection, owner_id))

    async def set_folder_move(self, owner_id: UserId, move: FolderMove | None) -> None:
        """The same row."""
        await self._transaction.run(lambda connection: set_move(connection, owner_id, move))

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Some complete assets whose data key is wrapped with another key."""
        return await self._select(not_wrapped_with(self._table), kek_id, kek_id, limit)

    def _insert_row(self, connection: sqlite3.Connection, aggregate: Asset) -> None:
        insert_asset(connection, aggregate)

    def _update_row(self, connection: sqlite3.Connection, aggregate: Asset) -> None:
        before = self._as_stored(connection, aggregate)
        if isinstance(before, DamagedAsset):  # since it was read
            raise AssetRecordCorrupt(aggregate.asset_id)
        (is_outdated,) = connection.execute(self._table.is_outdated, (aggregate.asset_id.value.bytes,)).fetchone()
        connection.execute(
            "UPDATE assets SET version = version + 1, blob_key = ?, kek_id = ?, document = ? WHERE asset_id = ?",
            (*_columns(aggregate), aggregate.asset_id.value.bytes),
        )
        change_listing(connection, before, aggregate, is_outdated=bool(is_outdated))

    def _delete_row(self, connection: sqlite3.Connection, asset: Asset | DamagedAsset) -> None:
        before = self._as_stored(connection, asset)
        if isinstance(before, DamagedAsset):
            remove_damaged_listing(connection, before)
        else:
            remove_listing(connection, before)
        connection.execute("DELETE FROM assets WHERE asset_id = ?", (asset.asset_id.value.bytes,))

    def _as_stored(self, connection: sqlite3.Connection, asset: Asset | DamagedAsset) -> Asset | DamagedAsset:
        values = (asset.asset_id.value.bytes, asset.version)
        row = connection.execute(f"{self._table.by_id} AND version = ?", values).fetchone()
        if row is None:
            raise changed()
        return self._table.read(connection, row, self._upcasters)


def insert_asset(connection: sqlite3.Connection, asset: Asset) -> None:
    """Write a new one, with all by which it is found."""
    connection.execute(
        "INSERT INTO assets (asset_id, version, blob_key, kek_id, document) VALUES (?, ?, ?, ?, ?)",
        (asset.asset_id.value.bytes, asset.version + 1, *_columns(asset)),
    )
    add_listing(connection, asset)


def _columns(asset: Asset) -> tuple[bytes | None, str | None, str]:
    content = asset.content
    document = dump(asset_to_document(asset))
    if content is None:
        return None, None, document
    return content.blob_key.value.bytes, content.wrapped_key.kek_id, document
