"""The repository of uploads on SQLite."""

import sqlite3
from datetime import datetime
from typing import Final

from emo_grpc.assets.adapters.documents.upload import upload_to_document
from emo_grpc.assets.adapters.documents.values import dump
from emo_grpc.assets.adapters.sqlite.tables import not_wrapped_with
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.document_repository import require_one
from emo_grpc.shared.adapters.sqlite.document_repository import SqliteDocumentRepository
from emo_grpc.shared.adapters.sqlite.statements import all_rows
from emo_grpc.shared.adapters.times import microseconds

INSERT_UPLOAD: Final = """
INSERT INTO uploads (persisted_size, expire_time, blob_key, kek_id, document, asset_id, version)
VALUES (?, ?, ?, ?, ?, ?, ? + 1)
"""
UPDATE_UPLOAD: Final = """
UPDATE uploads SET version = version + 1, persisted_size = ?, expire_time = ?, blob_key = ?, kek_id = ?, document = ?
WHERE asset_id = ? AND version = ?
"""
RECEIPTS: Final = "SELECT token FROM upload_receipts WHERE asset_id = ? ORDER BY number"
EXPIRED: Final = "expire_time <= ? ORDER BY expire_time LIMIT ?"


class SqliteUploadRepository(SqliteDocumentRepository[AssetId, Upload, DamagedUpload]):
    """A document for each upload; receipts in rows of their own, so a checkpoint writes the same however many."""

    _tells_at_once = False

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it with its wrapped key; the foreign key takes its receipts along."""
        await self._delete(upload)

    async def receipts(self, asset_id: AssetId) -> list[str]:
        """The tokens of all its stored parts, in order."""
        return [token for (token,) in await self._transaction.run(all_rows(RECEIPTS, asset_id.value.bytes))]

    async def expired(self, now: datetime, limit: int) -> list[Upload | DamagedUpload]:
        """Those that expired first."""
        return await self._select(self._table.select(EXPIRED), microseconds(now), limit)

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Upload | DamagedUpload]:
        """Some uploads whose data key is wrapped with another key."""
        return await self._select(not_wrapped_with(self._table), kek_id, kek_id, limit)

    def _insert_row(self, connection: sqlite3.Connection, aggregate: Upload) -> None:
        connection.execute(INSERT_UPLOAD, _values(aggregate))
        _add_receipts(connection, aggregate)

    def _update_row(self, connection: sqlite3.Connection, aggregate: Upload) -> None:
        require_one(connection.execute(UPDATE_UPLOAD, _values(aggregate)).rowcount)
        _add_receipts(connection, aggregate)

    def _stored(self, aggregate: Upload) -> None:
        aggregate.new_receipts = []
        super()._stored(aggregate)


def _add_receipts(connection: sqlite3.Connection, upload: Upload) -> None:
    before = upload.part_count - len(upload.new_receipts)
    connection.executemany(
        "INSERT INTO upload_receipts (asset_id, number, token) VALUES (?, ?, ?)",
        [
            (upload.asset_id.value.bytes, number, token)
            for number, token in enumerate(upload.new_receipts, start=before + 1)
        ],
    )


def _values(upload: Upload) -> tuple[int, int, bytes, str, str, bytes, int]:
    return (
        upload.persisted_size,
        microseconds(upload.expire_time),
        upload.blob_key.value.bytes,
        upload.wrapped_key.kek_id,
        dump(upload_to_document(upload)),
        upload.asset_id.value.bytes,
        upload.version,
    )
