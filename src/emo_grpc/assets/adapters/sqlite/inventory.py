"""The inventory on SQLite."""

from collections.abc import Collection
from functools import partial
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS
from emo_grpc.assets.adapters.sqlite.tables import ASSETS, UPLOADS
from emo_grpc.assets.adapters.sqlite.trash import TRASH
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import all_rows, changed_rows, only_row

KNOWN: Final = """
    SELECT blob_key FROM assets WHERE blob_key IN ({marks})
    UNION ALL SELECT blob_key FROM uploads WHERE blob_key IN ({marks})
"""
STORED_BYTES: Final = "SELECT coalesce(sum(complete_bytes), 0) FROM asset_usage WHERE owner_id IN (?, ?)"


class SqliteInventory:
    """Each query is one statement, so one snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self.assets = partial(ASSETS.page, database)
        self.uploads = partial(UPLOADS.page, database)

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Those keys that an upload or an asset refers to."""
        sql = KNOWN.format(marks=", ".join("?" * len(keys)))
        found = await self._database.read(all_rows(sql, *[key.value.bytes for key in keys] * 2))
        return frozenset(BlobKey(UUID(bytes=key)) for (key,) in found)

    async def installation(self) -> UUID:
        """The schema makes it."""
        (installation,) = await self._database.read(only_row("SELECT id FROM installation"))
        return UUID(bytes=installation)

    async def become(self, installation: UUID) -> None:
        """Replace what the schema made."""
        async with self._database.transaction() as transaction:
            await transaction.run(changed_rows("UPDATE installation SET id = ?", installation.bytes))
            await transaction.commit()

    async def stored_bytes(self) -> int:
        """At most one row for each kind."""
        (total,) = await self._database.read(only_row(STORED_BYTES, ALL_OWNERS, TRASH))
        return int(total)
