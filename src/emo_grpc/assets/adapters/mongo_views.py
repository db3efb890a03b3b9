"""The queries of this context on MongoDB."""

from typing import Final

from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.read_concern import ReadConcern

from emo_grpc.assets.adapters.document_shapes import AssetDocument
from emo_grpc.assets.adapters.documents import ASSET_VERSION, UPLOAD_VERSION, current_asset
from emo_grpc.assets.adapters.mongo_counters import usage_of
from emo_grpc.assets.adapters.mongo_page import SHOWN, cursor_of, page_find
from emo_grpc.assets.adapters.mongo_schema import ASSETS, TAGS, UPLOADS, USAGE
from emo_grpc.assets.adapters.projections import asset_view, download_view, upload_view
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import (
    AssetPage,
    AssetQuery,
    AssetStats,
    AssetView,
    DownloadView,
    KindStats,
    TagCount,
    UploadView,
)
from emo_grpc.shared.adapters.mongo import MongoDatabase
from emo_grpc.shared.adapters.mongo_documents import Document, not_of_version, up_to
from emo_grpc.shared.adapters.mongo_errors import translated
from emo_grpc.shared.adapters.mongo_look_ups import MongoLookUps
from emo_grpc.shared.adapters.times import time_of
from emo_grpc.shared.domain.ids import UserId

WITH_UPLOAD: Final[list[Document]] = [
    {
        "$lookup": {
            "from": UPLOADS,
            "localField": "_id",
            "foreignField": "_id",
            "pipeline": [{"$project": {"persisted_size": True, "expire_time": True}}],
            "as": "uploads",
        }
    },
    {"$project": {"_id": False, "document": True, "uploads": True}},
]


class MongoAssetViews:
    """Each query is one command, on what a majority of the servers has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._assets = MongoLookUps(database, ASSETS, SHOWN)

    async def asset(self, asset_id: AssetId, owner_id: UserId) -> AssetView:
        """One asset."""
        document, version = await self._owned(asset_id, owner_id)
        return asset_view(document, version)

    async def upload(self, asset_id: AssetId, owner_id: UserId) -> UploadView:
        """How far its file has come."""
        wanted = {"_id": asset_id.value, "owner_ids": owner_id.value}
        with translated():
            found = await self._snapshot(ASSETS).aggregate([{"$match": wanted}, *WITH_UPLOAD])
            records = await found.to_list()
        if not records:
            raise AssetNotFound
        document, begun = current_asset(records[0]["document"]), records[0]["uploads"]
        if not begun:
            return upload_view(document, 0, None)
        return upload_view(document, begun[0]["persisted_size"], time_of(begun[0]["expire_time"]))

    async def download(self, asset_id: AssetId, owner_id: UserId) -> DownloadView:
        """What its download needs."""
        document, _ = await self._owned(asset_id, owner_id)
        return download_view(document)

    async def page(self, query: AssetQuery) -> AssetPage:
        """A page."""
        with translated():
            records = await self._snapshot(ASSETS).find(**page_find(query)).to_list()
        shown = records[: query.limit]
        return AssetPage(
            assets=[asset_view(current_asset(record["document"]), record["version"]) for record in shown],
            cursor=cursor_of(shown[-1], query) if len(records) > query.limit else None,
        )

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
        )

    async def tag_cloud(self, owner_id: UserId, limit: int) -> list[TagCount]:
        """The first entries of an index."""
        order = [("asset_count", DESCENDING), ("_id.tag", ASCENDING)]
        with translated():
            found = self._snapshot(TAGS).find({"_id.owner_id": owner_id.value}, sort=order)
            return [TagCount(row["_id"]["tag"], row["asset_count"]) for row in await up_to(limit, found)]

    async def outdated(self) -> int:
        """The length of some ranges of two indexes."""
        assets: list[Document] = [{"$match": not_of_version(ASSET_VERSION)}, {"$project": {"_id": True}}]
        uploads: list[Document] = [{"$match": not_of_version(UPLOAD_VERSION)}, {"$project": {"_id": True}}]
        everything: list[Document] = [
            *assets,
            {"$unionWith": {"coll": UPLOADS, "pipeline": uploads}},
            {"$count": "count"},
        ]
        with translated():
            found = await self._snapshot(ASSETS).aggregate(everything)
            counted = await found.to_list()
        return int(counted[0]["count"]) if counted else 0

    async def _owned(self, asset_id: AssetId, owner_id: UserId) -> tuple[AssetDocument, int]:
        record = await self._assets.get(asset_id.value)
        if record is None:
            raise AssetNotFound
        document = current_asset(record["document"])
        if str(owner_id) not in document["owner_ids"]:
            raise AssetNotFound
        return document, record["version"]

    def _snapshot(self, name: str) -> AsyncCollection[Document]:
        """For a query of many documents: all of them as they were at one moment."""
        return self._database.collection(name).with_options(read_concern=ReadConcern("snapshot"))
