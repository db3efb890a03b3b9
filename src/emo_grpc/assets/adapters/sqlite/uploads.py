"""The repository of uploads on SQLite."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Final

from emo_grpc.assets.adapters.documents.codec import (
    UPLOAD_VERSION,
    dump,
    upload_document,
)
from emo_grpc.assets.adapters.sqlite.records import COLUMNS, Row, upload_in
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.schema_versions import Upcasters, from_outdated
from emo_grpc.shared.adapters.sqlite.database import SqliteTransaction
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange

CHANGED: Final = "the upload was changed at the same moment"
OUTDATED: Final = f"SELECT {COLUMNS} {from_outdated('uploads', UPLOAD_VERSION)} LIMIT ?"

Store = Callable[[sqlite3.Connection, Upload], None]


class SqliteUploadRepository:
    """A document for each upload; receipts in rows of their own, so a checkpoint writes the same however many."""

    def __init__(self, transaction: SqliteTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._track = track
        self._upcasters = upcasters

    async def get(self, asset_id: AssetId) -> Upload | None:
        """The upload, with no new receipts; or None."""
        found = await self.find(asset_id)
        if isinstance(found, DamagedUpload):
            raise AssetRecordCorrupt(asset_id)
        return found

    async def find(self, asset_id: AssetId) -> Upload | DamagedUpload | None:
        """As `get`, also when its record is damaged."""
        found = await self._select(f"SELECT {COLUMNS} FROM uploads WHERE asset_id = ?", asset_id.value.bytes)  # noqa: S608 - our own SQL
        return found[0] if found else None

    async def save(self, upload: Upload) -> None:
        """Store it, adding its new receipts."""
        await self._store(_change if upload.version else _add, upload)

    async def add(self, upload: Upload) -> None:
        """Store one that is not there."""
        await self._store(_add, upload)

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it with its wrapped key; the foreign key takes its receipts along."""

        def delete(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "DELETE FROM uploads WHERE asset_id = ? AND version = ?", (upload.asset_id.value.bytes, upload.version)
            ).rowcount

        if not await self._transaction.run(delete):
            raise ConcurrentChange(CHANGED)
        self._track(upload)

    async def receipts(self, asset_id: AssetId) -> list[str]:
        """The tokens of all its stored parts, in order."""

        def read(connection: sqlite3.Connection) -> list[str]:
            rows: list[tuple[str]] = connection.execute(
                "SELECT token FROM upload_receipts WHERE asset_id = ? ORDER BY number", (asset_id.value.bytes,)
            ).fetchall()
            return [token for (token,) in rows]

        return await self._transaction.run(read)

    async def expired(self, now: datetime, limit: int) -> list[Upload | DamagedUpload]:
        """Those that expired first."""
        return await self._select(
            f"SELECT {COLUMNS} FROM uploads WHERE expire_time <= ? ORDER BY expire_time LIMIT ?",  # noqa: S608 - our own SQL
            microseconds(now),
            limit,
        )

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Upload | DamagedUpload]:
        """Two ranges of an index: the key ids below and above that one."""
        return await self._select(
            f"SELECT {COLUMNS} FROM uploads WHERE kek_id < ?"  # noqa: S608 - our own SQL
            f" UNION ALL SELECT {COLUMNS} FROM uploads WHERE kek_id > ? LIMIT ?",
            kek_id,
            kek_id,
            limit,
        )

    async def outdated(self, limit: int) -> list[Upload | DamagedUpload]:
        """Some that are stored as another release does."""
        return await self._select(OUTDATED, limit)

    async def _store(self, store: Store, upload: Upload) -> None:
        def store_all(connection: sqlite3.Connection) -> None:
            store(connection, upload)
            _add_receipts(connection, upload)

        try:
            await self._transaction.run(store_all)
        except sqlite3.IntegrityError as error:
            raise ConcurrentChange(CHANGED) from error
        upload.version += 1
        upload.new_receipts.clear()
        self._track(upload)

    async def _select(self, sql: str, *values: str | int | bytes) -> list[Upload | DamagedUpload]:
        def read(connection: sqlite3.Connection) -> list[Upload | DamagedUpload]:
            rows: list[Row] = connection.execute(sql, values).fetchall()
            return [upload_in(row, self._upcasters) for row in rows]

        return await self._transaction.run(read)


def _add(connection: sqlite3.Connection, upload: Upload) -> None:
    connection.execute(
        "INSERT INTO uploads (persisted_size, expire_time, blob_key, kek_id, document, asset_id, version)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*_columns(upload), upload.asset_id.value.bytes, upload.version + 1),
    )


def _change(connection: sqlite3.Connection, upload: Upload) -> None:
    done = connection.execute(
        "UPDATE uploads SET version = version + 1, persisted_size = ?, expire_time = ?, blob_key = ?, kek_id = ?,"
        " document = ? WHERE asset_id = ? AND version = ?",
        (*_columns(upload), upload.asset_id.value.bytes, upload.version),
    )
    if not done.rowcount:
        raise ConcurrentChange(CHANGED)


def _add_receipts(connection: sqlite3.Connection, upload: Upload) -> None:
    before = upload.part_count - len(upload.new_receipts)
    connection.executemany(
        "INSERT INTO upload_receipts (asset_id, number, token) VALUES (?, ?, ?)",
        [
            (upload.asset_id.value.bytes, number, token)
            for number, token in enumerate(upload.new_receipts, start=before + 1)
        ],
    )


def _columns(upload: Upload) -> tuple[int, int, bytes, str, str]:
    return (
        upload.persisted_size,
        microseconds(upload.expire_time),
        upload.blob_key.value.bytes,
        upload.wrapped_key.kek_id,
        dump(upload_document(upload)),
    )
