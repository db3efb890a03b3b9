"""The repository of uploads on MongoDB."""

from datetime import datetime
from uuid import UUID

from bson import MaxKey, MinKey
from pymongo import ASCENDING

from emo_grpc.assets.adapters.documents.upload import upload_to_document
from emo_grpc.assets.adapters.mongo.collections import wrapped_with_another
from emo_grpc.assets.adapters.mongo.schema import ASSETS, RECEIPTS
from emo_grpc.assets.adapters.mongo.usage_counters import MongoUsageCounters
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.domain.usage import reserved_bytes_of
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.document_repository import MongoDocumentRepository
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.adapters.unit_of_work import Track


class MongoUploadRepository(MongoDocumentRepository[AssetId, Upload, DamagedUpload]):
    """A document for each upload; receipts in documents of their own, so a checkpoint writes the same however many.

    Counters and the asset are written only by what can't go by without: the first bytes beyond what was declared, and
    the beginning of an upload. So the checkpoints of a user's uploads don't get in each other's way.
    """

    def __init__(
        self,
        collection: DocumentCollection[AssetId, Upload, DamagedUpload],
        transaction: MongoTransaction,
        track: Track,
        upcasters: Upcasters,
        counters: MongoUsageCounters,
    ) -> None:
        super().__init__(collection, transaction, track, upcasters)
        self._counters = counters

    async def remove(self, upload: Upload | DamagedUpload) -> None:
        """Remove it with its wrapped key and receipts."""
        await self._delete(upload)
        with translated():
            receipts = self._transaction.collection(RECEIPTS)
            await receipts.delete_many(_receipts_of(upload.asset_id), session=self._transaction.session)
            await self._reserve(upload, 0)

    async def receipts(self, asset_id: AssetId) -> list[str]:
        """The tokens of all its stored parts, in order."""
        with translated():
            found = self._transaction.collection(RECEIPTS).find(
                _receipts_of(asset_id), {"token": True}, sort=[("_id", ASCENDING)], session=self._transaction.session
            )
            return [receipt["token"] for receipt in await found.to_list()]

    async def expired(self, now: datetime, limit: int) -> list[Upload | DamagedUpload]:
        """Those that expired first."""
        return await self._select({"expire_time": {"$lte": microseconds(now)}}, limit, order="expire_time")

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Upload | DamagedUpload]:
        """Some uploads whose data key is wrapped with another key."""
        return await self._select(wrapped_with_another(kek_id), limit)

    async def _insert(self, aggregate: Upload) -> None:
        await self._add_record(_record(aggregate))
        with translated_unique():
            # A unit that deletes the asset at the same moment has not seen this upload: both write it, and one fails.
            begun = {"$set": {"begun_blob_key": aggregate.blob_key.value}}
            asset = {"_id": aggregate.asset_id.value}
            await self._transaction.collection(ASSETS).update_one(asset, begun, session=self._transaction.session)
            await self._add_parts(aggregate)

    async def _update(self, aggregate: Upload) -> None:
        await self._replace_record(aggregate, _record(aggregate))
        with translated_unique():
            await self._add_parts(aggregate)

    def _stored(self, aggregate: Upload) -> None:
        aggregate.new_receipts = []
        super()._stored(aggregate)

    async def _add_parts(self, upload: Upload) -> None:
        await self._add_receipts(upload)
        await self._reserve(upload, upload.persisted_size)

    async def _add_receipts(self, upload: Upload) -> None:
        if not upload.new_receipts:
            return
        before = upload.part_count - len(upload.new_receipts)
        await self._transaction.collection(RECEIPTS).insert_many(
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
        asset = await self._transaction.collection(ASSETS).find_one_and_update(
            {"_id": upload.asset_id.value, "declared_bytes": {"$ne": None}},
            [{"$set": {"reserved_bytes": {"$max": ["$declared_bytes", persisted_size]}}}],
            {"owner_ids": True, "declared_bytes": True, "reserved_bytes": True, "purge_time": True},
            session=self._transaction.session,
        )
        if asset is not None:
            reserved_bytes = reserved_bytes_of(asset["declared_bytes"], persisted_size)
            self._counters.reserve(asset, reserved_bytes - asset["reserved_bytes"])


def _record(upload: Upload) -> Document:
    return {
        "_id": upload.asset_id.value,
        "version": upload.version + 1,
        "document": upload_to_document(upload),
        "persisted_size": upload.persisted_size,
        "expire_time": microseconds(upload.expire_time),
        "blob_key": upload.blob_key.value,
        "kek_id": upload.wrapped_key.kek_id,
    }


def _receipt_id(asset_id: AssetId, number: int | MinKey | MaxKey) -> dict[str, UUID | int | MinKey | MaxKey]:
    return {"asset_id": asset_id.value, "number": number}


def _receipts_of(asset_id: AssetId) -> Document:
    return {"_id": {"$gt": _receipt_id(asset_id, MinKey()), "$lt": _receipt_id(asset_id, MaxKey())}}
