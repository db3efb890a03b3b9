"""The inventory on SQLite."""

import sqlite3
from collections.abc import Collection
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.documents import asset_from, parse_asset, parse_upload, upload_from
from emo_grpc.assets.adapters.sqlite_schema import EVERYBODY
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.sqlite import SqliteDatabase

NEXT: Final = "SELECT asset_id, version, document FROM {table} WHERE asset_id > ? ORDER BY asset_id LIMIT ?"
BEFORE_ALL: Final = b""
KNOWN: Final = """
    SELECT blob_key FROM assets WHERE blob_key IN ({marks})
    UNION ALL SELECT blob_key FROM uploads WHERE blob_key IN ({marks})
"""
STORED_BYTES: Final = "SELECT coalesce(sum(complete_bytes), 0) FROM asset_usage WHERE owner_id = ?"

Row = tuple[bytes, int, str]


class SqliteInventory:
    """Each query is one statement, so one snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def assets(self, after: AssetId | None, limit: int) -> list[Asset]:
        """The next assets in order of their ids."""
        rows = await self._next("assets", after, limit)
        assets = [asset_from(parse_asset(document), version) for _, version, document in rows]
        # That of the row, so that a document which somebody changed leads nobody astray.
        for asset, (asset_id, _, _) in zip(assets, rows, strict=True):
            asset.asset_id = AssetId(UUID(bytes=asset_id))
        return assets

    async def uploads(self, after: AssetId | None, limit: int) -> list[Upload]:
        """The next uploads in order of their assets' ids."""
        rows = await self._next("uploads", after, limit)
        uploads = [upload_from(parse_upload(document), version) for _, version, document in rows]
        for upload, (asset_id, _, _) in zip(uploads, rows, strict=True):
            upload.asset_id = AssetId(UUID(bytes=asset_id))
        return uploads

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Those keys that an upload or an asset refers to."""
        sql = KNOWN.format(marks=", ".join("?" * len(keys)))
        values = [key.value.bytes for key in keys] * 2

        def read(connection: sqlite3.Connection) -> frozenset[BlobKey]:
            return frozenset(BlobKey(UUID(bytes=found)) for (found,) in connection.execute(sql, values))

        return await self._database.read(read)

    async def installation(self) -> UUID:
        """The schema makes it."""

        def read(connection: sqlite3.Connection) -> UUID:
            return UUID(bytes=connection.execute("SELECT id FROM installation").fetchone()[0])

        return await self._database.read(read)

    async def stored_bytes(self) -> int:
        """At most one row for each kind."""

        def read(connection: sqlite3.Connection) -> int:
            total: int = connection.execute(STORED_BYTES, (EVERYBODY,)).fetchone()[0]
            return total

        return await self._database.read(read)

    async def _next(self, table: str, after: AssetId | None, limit: int) -> list[Row]:
        values = (BEFORE_ALL if after is None else after.value.bytes, limit)

        def read(connection: sqlite3.Connection) -> list[Row]:
            return connection.execute(NEXT.format(table=table), values).fetchall()

        return await self._database.read(read)
