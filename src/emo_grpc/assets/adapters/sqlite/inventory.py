"""The inventory on SQLite."""

import sqlite3
from collections.abc import Collection
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.sqlite.schema import EVERYBODY
from emo_grpc.assets.adapters.sqlite.tables import ASSETS, UPLOADS
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase

KNOWN: Final = """
    SELECT blob_key FROM assets WHERE blob_key IN ({marks})
    UNION ALL SELECT blob_key FROM uploads WHERE blob_key IN ({marks})
"""
STORED_BYTES: Final = "SELECT coalesce(sum(complete_bytes), 0) FROM asset_usage WHERE owner_id = ?"


class SqliteInventory:
    """Each query is one statement, so one snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def assets(self, after: AssetId | None, limit: int) -> list[Asset | DamagedAsset]:
        """The next assets in order of their ids."""
        return await ASSETS.page(self._database, after, limit)

    async def uploads(self, after: AssetId | None, limit: int) -> list[Upload | DamagedUpload]:
        """The next uploads in order of their assets' ids."""
        return await UPLOADS.page(self._database, after, limit)

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
