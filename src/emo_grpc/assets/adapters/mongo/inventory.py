"""The inventory on MongoDB."""

from collections.abc import Collection
from typing import Final
from uuid import UUID, uuid4

from pymongo import ASCENDING, ReturnDocument
from pymongo.read_concern import ReadConcern

from emo_grpc.assets.adapters.mongo.records import STORED, asset_in, upload_in
from emo_grpc.assets.adapters.mongo.schema import ASSETS, INSTALLATION, UPLOADS, USAGE
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated

STORED_BYTES: Final[list[Document]] = [
    {"$project": {"kinds": {"$objectToArray": "$kinds"}}},
    {"$group": {"_id": None, "total": {"$sum": {"$sum": "$kinds.v.complete_bytes"}}}},
]
"""One document for each user."""


class MongoInventory:
    """Each query is one command, on what a majority of the servers has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def assets(self, after: AssetId | None, limit: int) -> list[Asset | DamagedAsset]:
        """The next assets in order of their ids."""
        records = await self._next(ASSETS, after, limit)
        assets = [asset_in(record) for record in records]
        # That of the record, so that a document which somebody changed leads nobody astray.
        for asset, record in zip(assets, records, strict=True):
            asset.asset_id = AssetId(record["_id"])
        return assets

    async def uploads(self, after: AssetId | None, limit: int) -> list[Upload | DamagedUpload]:
        """The next uploads in order of their assets' ids."""
        records = await self._next(UPLOADS, after, limit)
        uploads = [upload_in(record) for record in records]
        for upload, record in zip(uploads, records, strict=True):
            upload.asset_id = AssetId(record["_id"])
        return uploads

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Both collections as they were at one moment: a completion moves a key from one to the other."""
        chosen: list[Document] = [
            {"$match": {"blob_key": {"$in": [key.value for key in keys]}}},
            {"$project": {"_id": False, "blob_key": True}},
        ]
        either: list[Document] = [*chosen, {"$unionWith": {"coll": UPLOADS, "pipeline": chosen}}]
        with translated():
            snapshot = self._database.collection(ASSETS).with_options(read_concern=ReadConcern("snapshot"))
            found = await snapshot.aggregate(either)
            return frozenset(BlobKey(record["blob_key"]) for record in await found.to_list())

    async def installation(self) -> UUID:
        """The only document of its collection."""
        with translated():
            found = await self._database.collection(INSTALLATION).find_one_and_update(
                {"_id": INSTALLATION},
                {"$setOnInsert": {"id": uuid4()}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        if found is None:
            raise RuntimeError("an upsert gives a document")
        return UUID(str(found["id"]))

    async def stored_bytes(self) -> int:
        """One document for each user is read."""
        with translated():
            found = await self._database.collection(USAGE).aggregate(STORED_BYTES)
            totals = await found.to_list()
        return int(totals[0]["total"]) if totals else 0

    async def _next(self, collection: str, after: AssetId | None, limit: int) -> list[Document]:
        wanted: Document = {} if after is None else {"_id": {"$gt": after.value}}
        with translated():
            found = self._database.collection(collection).find(wanted, STORED, sort=[("_id", ASCENDING)])
            return await up_to(limit, found)
