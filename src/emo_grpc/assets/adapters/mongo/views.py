"""The queries of this context on MongoDB."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from pymongo import ASCENDING, DESCENDING

from emo_grpc.assets.adapters.documents.asset import current_asset
from emo_grpc.assets.adapters.documents.projections import asset_view, download_view, owned_by, reading, upload_view
from emo_grpc.assets.adapters.mongo.collections import ASSETS, UPLOADS
from emo_grpc.assets.adapters.mongo.folder_views import MongoFolderViews
from emo_grpc.assets.adapters.mongo.found import found_ids, found_page, shown
from emo_grpc.assets.adapters.mongo.label_views import MongoLabelViews
from emo_grpc.assets.adapters.mongo.page import SHOWN, cursor_of, page_find
from emo_grpc.assets.adapters.mongo.schema import TAGS, USAGE
from emo_grpc.assets.adapters.mongo.usage_counters import trash_of, usage_of
from emo_grpc.assets.adapters.queries.batch_builder import READ_AT_ONCE, BatchBuilder
from emo_grpc.assets.adapters.queries.drivers import is_tested
from emo_grpc.assets.adapters.queries.matching import all_ids
from emo_grpc.assets.adapters.queries.page_builder import PageBuilder
from emo_grpc.assets.domain.errors import AssetNotFound, AssetRecordCorrupt
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.stats import AssetStats, KindStats
from emo_grpc.assets.service_layer.views import AssetBatch, AssetQuery, AssetView, DownloadView, TagCount, UploadView
from emo_grpc.shared.adapters.mongo.batched_reads import MongoBatchedReads
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.document_collection import count_outdated
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.times import time_of
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.pages import Page

WITH_UPLOAD: Final[list[Document]] = [
    {
        "$lookup": {
            "from": UPLOADS.kind.name,
            "localField": "_id",
            "foreignField": "_id",
            "pipeline": [{"$project": {"persisted_size": True, "expire_time": True}}],
            "as": "uploads",
        }
    },
    {"$project": {"_id": False, "document": True, "uploads": True}},
]

IDS: Final = {"_id": True}
BY_ID: Final = [("_id", ASCENDING)]


class MongoAssetViews(MongoFolderViews, MongoLabelViews):
    """Each query is one command, on what a majority of the servers has."""

    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database)
        self._assets = MongoBatchedReads(database, ASSETS.kind.name, SHOWN)

    async def asset(self, asset_id: AssetId, owner_id: UserId) -> AssetView:
        """One asset."""
        record = await self._owned(asset_id, owner_id)
        with reading(asset_id):
            return asset_view(owned_by(owner_id, current_asset(record["document"])), record["version"])

    async def assets(self, asset_ids: Sequence[AssetId], owner_id: UserId) -> AssetBatch:
        """A command for each fifty."""
        batch = BatchBuilder(asset_ids)
        for at in range(0, len(asset_ids), READ_AT_ONCE):
            some = asset_ids[at : at + READ_AT_ONCE]
            records = await self._records(some, owner_id)
            if not all(batch.add(_of_owner(asset_id, owner_id, records.get(asset_id.value))) for asset_id in some):
                break
        return batch.build()

    async def matching_ids(self, query: AssetQuery) -> list[AssetId]:
        """The keys of a page, without its documents, or of pages one after another."""
        if is_tested(query.filter):
            return await all_ids(query, partial(found_ids, self._database))
        with translated():
            async with self._snapshot(ASSETS.kind.name).find(**page_find(query) | {"projection": IDS}) as records:
                return [AssetId(record["_id"]) async for record in records]

    async def upload(self, asset_id: AssetId, owner_id: UserId) -> UploadView:
        """How far its file has come."""
        wanted = {"_id": asset_id.value, "owner_ids": owner_id.value}
        with translated():
            found = await self._snapshot(ASSETS.kind.name).aggregate([{"$match": wanted}, *WITH_UPLOAD])
            records = await found.to_list()
        if not records:
            raise AssetNotFound
        begun = records[0]["uploads"]
        with reading(asset_id):
            document = owned_by(owner_id, current_asset(records[0]["document"]))
            if not begun:
                return upload_view(document, 0, None)
            return upload_view(document, begun[0]["persisted_size"], time_of(begun[0]["expire_time"]))

    async def download(self, asset_id: AssetId, owner_id: UserId) -> DownloadView:
        """What its download needs."""
        record = await self._owned(asset_id, owner_id)
        with reading(asset_id):
            return download_view(owned_by(owner_id, current_asset(record["document"])))

    async def page(self, query: AssetQuery) -> Page[AssetView]:
        """A page."""
        if is_tested(query.filter):
            return await found_page(self._database, query)
        page = PageBuilder(query.limit)
        with translated():
            async with self._snapshot(ASSETS.kind.name).find(**page_find(query)) as records:
                async for record in records:
                    if not page.add(cursor_of(record, query), shown(record)):
                        break
        return page.build()

    async def stats(self, owner_id: UserId) -> AssetStats:
        """One document for each user."""
        with translated():
            usage = await self._database.collection(USAGE).find_one({"_id": owner_id.value})
        # What would be 0 is not there.
        counted = {} if usage is None else usage.get("kinds", {})
        return AssetStats(
            kinds=[
                KindStats(kind, count, counted[kind].get("complete_bytes", 0))
                for kind in AssetKind
                if (count := counted.get(kind, {}).get("asset_count", 0))
            ],
            usage=usage_of(usage or {}),
            trash=trash_of(usage or {}),
        )

    async def tag_cloud(self, owner_id: UserId, limit: int) -> list[TagCount]:
        """The first entries of an index."""
        order = [("asset_count", DESCENDING), ("_id.tag", ASCENDING)]
        with translated():
            found = self._snapshot(TAGS).find({"_id.owner_id": owner_id.value}, sort=order)
            return [TagCount(row["_id"]["tag"], row["asset_count"]) for row in await up_to(limit, found)]

    async def outdated(self) -> int:
        """The length of some ranges of two indexes."""
        return await count_outdated(self._database, ASSETS, UPLOADS)

    async def _owned(self, asset_id: AssetId, owner_id: UserId) -> Document:
        record = await self._assets.get(asset_id.value)
        if record is None or owner_id.value not in record["owner_ids"]:
            raise AssetNotFound
        return record

    async def _records(self, asset_ids: Sequence[AssetId], owner_id: UserId) -> dict[UUID, Document]:
        wanted = {"_id": {"$in": [asset_id.value for asset_id in asset_ids]}, "owner_ids": owner_id.value}
        with translated():
            found = self._snapshot(ASSETS.kind.name).find(wanted, SHOWN, hint=BY_ID, batch_size=len(asset_ids))
            return {record["_id"]: record async for record in found}


def _of_owner(
    asset_id: AssetId, owner_id: UserId, record: Document | None
) -> AssetView | AssetNotFound | AssetRecordCorrupt:
    if record is None:
        return AssetNotFound()
    try:
        with reading(asset_id):
            return asset_view(owned_by(owner_id, current_asset(record["document"])), record["version"])
    except AssetRecordCorrupt as error:
        return error
