"""The inventory on MongoDB."""

from collections.abc import Collection
from functools import partial
from typing import Final
from uuid import UUID, uuid4

from pymongo.read_concern import ReadConcern

from emo_grpc.assets.adapters.mongo.collections import ASSETS, UPLOADS
from emo_grpc.assets.adapters.mongo.schema import INSTALLATION, USAGE
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated

STORED_BYTES: Final[list[Document]] = [
    {"$project": {"kinds": {"$objectToArray": "$kinds"}, "trash": True}},
    {"$project": {"kinds": {"$sum": "$kinds.v.complete_bytes"}, "trash": {"$sum": "$trash.complete_bytes"}}},
    {"$group": {"_id": None, "total": {"$sum": {"$add": ["$kinds", "$trash"]}}}},
]
"""One document for each user."""


class MongoInventory:
    """Each query is one command, on what a majority of the servers has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self.assets = partial(ASSETS.page, database)
        self.uploads = partial(UPLOADS.page, database)

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Both collections as they were at one moment: a completion moves a key from one to the other."""
        chosen: list[Document] = [
            {"$match": {"blob_key": {"$in": [key.value for key in keys]}}},
            {"$project": {"_id": False, "blob_key": True}},
        ]
        either: list[Document] = [*chosen, {"$unionWith": {"coll": UPLOADS.kind.name, "pipeline": chosen}}]
        with translated():
            snapshot = self._database.collection(ASSETS.kind.name).with_options(read_concern=ReadConcern("snapshot"))
            found = await snapshot.aggregate(either)
            return frozenset(BlobKey(record["blob_key"]) for record in await found.to_list())

    async def installation(self) -> UUID:
        """The only document of its collection."""
        made: Document = {"id": uuid4()}
        with translated():
            before = await self._database.collection(INSTALLATION).find_one_and_update(
                {"_id": INSTALLATION}, {"$setOnInsert": made}, upsert=True
            )
        return UUID(str((before or made)["id"]))

    async def become(self, installation: UUID) -> None:
        """Replace what the first question made, if there was one."""
        with translated():
            await self._database.collection(INSTALLATION).update_one(
                {"_id": INSTALLATION}, {"$set": {"id": installation}}, upsert=True
            )

    async def stored_bytes(self) -> int:
        """One document for each user is read."""
        with translated():
            found = await self._database.collection(USAGE).aggregate(STORED_BYTES)
            totals = await found.to_list()
        return int(totals[0]["total"]) if totals else 0
