"""The queries of folders on MongoDB."""

from typing import Final
from uuid import UUID

from bson import MaxKey
from pymongo import ASCENDING
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.read_concern import ReadConcern

from emo_grpc.assets.adapters.mongo.folder_counters import FIELDS, counter_id
from emo_grpc.assets.adapters.mongo.folder_moves import move_of
from emo_grpc.assets.adapters.mongo.schema import FOLDER_MOVES, FOLDERS, USAGE
from emo_grpc.assets.domain.folder import TOP
from emo_grpc.assets.domain.folder_errors import FolderNotFound
from emo_grpc.assets.domain.folder_move import FolderMove
from emo_grpc.assets.service_layer.folder_views import FolderPage, FolderQuery, FolderView, folder_page, name_after
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.ids import UserId

BY_NAME: Final = [("_id", ASCENDING)]


class MongoFolderViews:
    """Reads the counters that change with the assets; the folder that is asked for, apart from those below it."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def folders(self, query: FolderQuery) -> FolderPage:
        """A range of the index of `_id`."""
        owner, folder = query.owner_id.value, query.folder
        with translated():
            own = await self._own(owner, folder)
            if own is None and folder != TOP:
                raise FolderNotFound(folder)
            found = self._snapshot(FOLDERS).find(_below(owner, folder, name_after(query)), sort=BY_NAME)
            below = [_view(each["_id"]["folder"], each) for each in await up_to(query.limit + 1, found)]
        return folder_page(folder, below, query.limit, None if own is None else _view(folder, own))

    async def folder_move(self, owner_id: UserId) -> FolderMove | None:
        """A document for each owner."""
        with translated():
            return move_of(await self._database.collection(FOLDER_MOVES).find_one({"_id": owner_id.value}))

    async def _own(self, owner: UUID, folder: str) -> Document | None:
        if folder != TOP:
            return await self._database.collection(FOLDERS).find_one({"_id": counter_id(owner, folder)})
        usage = await self._database.collection(USAGE).find_one({"_id": owner}, {"top": True})
        return (usage or {}).get("top")

    def _snapshot(self, name: str) -> AsyncCollection[Document]:
        """For a query of many documents: all of them as they were at one moment."""
        return self._database.collection(name).with_options(read_concern=ReadConcern("snapshot"))


def _below(owner: UUID, parent: str, after: str) -> Document:
    key = {"owner_id": owner, "parent": parent}
    return {"_id": {"$gt": key | {"folder": after}, "$lt": key | {"folder": MaxKey()}}}


def _view(folder: str, counters: Document) -> FolderView:
    """What would be 0 is not there."""
    return FolderView(folder, *(counters.get(field, 0) for field in FIELDS))
