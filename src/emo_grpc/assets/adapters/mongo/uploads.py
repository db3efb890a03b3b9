"""The repository of uploads on MongoDB."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from bson import MaxKey, MinKey
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from emo_grpc.assets.adapters.documents.codec import (
    UPLOAD_VERSION,
    upload_document,
)
from emo_grpc.assets.adapters.mongo.usage_counters import MongoUsageCounters
from emo_grpc.assets.adapters.mongo.queries import wrapped_with_another
from emo_grpc.assets.adapters.mongo.records import STORED, upload_in
from emo_grpc.assets.adapters.mongo.schema import ASSETS, RECEIPTS, UPLOADS
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.domain.usage import reserved_bytes_of
from emo_grpc.shared.adapters.mongo.documents import Document, not_of_version, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange

CHANGED: Final = "the upload was changed at the same moment"


class MongoUploadRepository:
    """A document for each upload; receipts in documents of their own, so a checkpoint writes the same however many.

    Counters and the asset are written only by what can't go by without: the first bytes beyond what was declared, and
    the beginning of an upload. So the checkpoints of a user's uploads don't get in each other's way.
    """

    def __init__(self, transaction: MongoTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._uploads = transaction.collection(UPLOADS)
        self._receipts = transaction.collection(RECEIPTS)
        self._assets = transaction.collection(ASSETS)
        self._counters = MongoUsageCounters(transaction)
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
        found = await self._find({"_id": asset_id.value}, 1)
        return found[0] if found else None

    async def save(self, upload: Upload) -> None:
        """Store it, adding its new receipts."""
        await self._store(upload, is_new=upload.version == 0)

    async def add(self, upload: Upload) -> None:
        """Store one that is not there."""
        await self._store(upload, is_new=True)

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it with its wrapped key and receipts."""
        session = self._transaction.session
        with translated():
            done = await self._uploads.delete_one(_as_read(upload), session=session)
            if not done.deleted_count:
                raise ConcurrentChange(CHANGED)
            await self._receipts.delete_many(_receipts_of(upload.asset_id), session=session)
            await self._reserve(upload, 0)
        self._track(upload)

    async def receipts(self, asset_id: AssetId) -> list[str]:
        """The tokens of all its stored parts, in order."""
        with translated():
            found = self._receipts.find(
                _receipts_of(asset_id), {"token": True}, sort=[("_id", ASCENDING)], session=self._transaction.session
            )
            return [receipt["token"] for receipt in await found.to_list()]

    async def expired(self, now: datetime, limit: int) -> list[Upload | DamagedUpload]:
        """Those that expired first."""
        return await self._find({"expire_time": {"$lte": microseconds(now)}}, limit, order="expire_time")

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Upload | DamagedUpload]:
        """Some uploads with another key-encryption key."""
        return await self._find(wrapped_with_another(kek_id), limit)

    async def outdated(self, limit: int) -> list[Upload | DamagedUpload]:
        """Some that are stored as another release does."""
        return await self._find(not_of_version(UPLOAD_VERSION), limit)

    async def _find(
        self, wanted: Mapping[str, object], limit: int, order: str | None = None
    ) -> list[Upload | DamagedUpload]:
        sort = None if order is None else [(order, ASCENDING)]
        with translated():
            found = self._uploads.find(wanted, STORED, sort=sort, session=self._transaction.session)
            return [upload_in(record, self._upcasters) for record in await up_to(limit, found)]

    async def _store(self, upload: Upload, *, is_new: bool) -> None:
        try:
            with translated():
                await (self._add if is_new else self._replace)(upload)
                await self._add_receipts(upload)
                await self._reserve(upload, upload.persisted_size)
        except DuplicateKeyError as error:
            raise ConcurrentChange(CHANGED) from error
        upload.version += 1
        upload.new_receipts.clear()
        self._track(upload)

    async def _add(self, upload: Upload) -> None:
        session = self._transaction.session
        await self._uploads.insert_one(_record(upload), session=session)
        # Whoever deletes the asset at the same moment has not seen this upload: writing the same document stops one.
        await self._assets.update_one(
            {"_id": upload.asset_id.value}, {"$set": {"begun_blob_key": upload.blob_key.value}}, session=session
        )

    async def _replace(self, upload: Upload) -> None:
        done = await self._uploads.replace_one(_as_read(upload), _record(upload), session=self._transaction.session)
        if not done.matched_count:
            raise ConcurrentChange(CHANGED)

    async def _add_receipts(self, upload: Upload) -> None:
        if not upload.new_receipts:
            return
        before = upload.part_count - len(upload.new_receipts)
        await self._receipts.insert_many(
            [
                {"_id": _receipt_id(upload.asset_id, number), "token": token}
                for number, token in enumerate(upload.new_receipts, start=before + 1)
            ],
            session=self._transaction.session,
        )

    async def _reserve(self, upload: Upload | DamagedUpload, persisted_size: int) -> None:
        """Let the asset count what is persisted beyond what was declared."""
        if isinstance(upload, Upload) and upload.persisted_size <= upload.declared_size:
            return
        asset = await self._assets.find_one_and_update(
            {"_id": upload.asset_id.value, "declared_bytes": {"$ne": None}},
            [{"$set": {"reserved_bytes": {"$max": ["$declared_bytes", persisted_size]}}}],
            {"owner_ids": True, "declared_bytes": True, "reserved_bytes": True},
            session=self._transaction.session,
        )
        if asset is not None:
            reserved_bytes = reserved_bytes_of(asset["declared_bytes"], persisted_size)
            await self._counters.reserve(asset["owner_ids"], reserved_bytes - asset["reserved_bytes"])


def _as_read(upload: Upload | DamagedUpload) -> Document:
    return {"_id": upload.asset_id.value, "version": upload.version}


def _record(upload: Upload) -> Document:
    return {
        "_id": upload.asset_id.value,
        "version": upload.version + 1,
        "document": upload_document(upload),
        "persisted_size": upload.persisted_size,
        "expire_time": microseconds(upload.expire_time),
        "blob_key": upload.blob_key.value,
        "kek_id": upload.wrapped_key.kek_id,
    }


def _receipt_id(asset_id: AssetId, number: int | MinKey | MaxKey) -> dict[str, UUID | int | MinKey | MaxKey]:
    return {"asset_id": asset_id.value, "number": number}


def _receipts_of(asset_id: AssetId) -> Document:
    return {"_id": {"$gt": _receipt_id(asset_id, MinKey()), "$lt": _receipt_id(asset_id, MaxKey())}}
