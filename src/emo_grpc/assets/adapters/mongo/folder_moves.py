"""What moves of folders need, on MongoDB."""

from typing import Final

from bson import MaxKey

from emo_grpc.assets.adapters.mongo.folder_counters import ASSET_COUNT, counter_id
from emo_grpc.assets.adapters.mongo.listing import narrowed_list, place
from emo_grpc.assets.adapters.mongo.schema import FOLDER_MOVES, FOLDERS
from emo_grpc.assets.adapters.queries.listing import Facet
from emo_grpc.assets.domain.folder import SEPARATOR, names_in
from emo_grpc.assets.domain.folder_move import FolderExtent, FolderMove, Place
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import SortField
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.times import microseconds, time_of
from emo_grpc.shared.domain.ids import UserId

ORDER: Final = f"order.{SortField.CREATE_TIME}"


def with_facet(owner_id: UserId, facet: Facet, after: Place | None) -> Document:
    """The condition of the assets that lists find by a facet, behind a place: a range of the index of its order."""
    condition: Document = {"found_by": narrowed_list(owner_id, facet)}
    if after is not None:
        condition[ORDER] = {"$gt": place(microseconds(after.create_time), after.asset_id.value)}
    return condition


def place_of(record: Document) -> Place:
    """Where an asset stands."""
    at = record["order"][SortField.CREATE_TIME]
    return Place(time_of(at["at"]), AssetId(at["id"]))


class MongoFolderMoves:
    """Those of a transaction."""

    def __init__(self, transaction: MongoTransaction) -> None:
        self._transaction = transaction

    async def extent(self, owner_id: UserId, folder: str, most: int) -> FolderExtent:
        """The folder's own counters, and ranges of those below it."""
        folders, session = self._transaction.collection(FOLDERS), self._transaction.session
        with translated():
            own = await folders.find_one({"_id": counter_id(owner_id.value, folder)}, session=session)
            if own is None:
                return FolderExtent(0)
            found = await folders.aggregate(_sums(owner_id, folder, most), session=session)
            below = (await found.to_list()) or [{"folders": 0, "steps": 0, "longest": 0, "deepest": 0}]
        longest = max(below[0]["longest"], len(folder.encode()))
        deepest = max(below[0]["deepest"], names_in(folder))
        return FolderExtent(own[ASSET_COUNT], below[0]["folders"], below[0]["steps"], longest, deepest)

    async def find(self, owner_id: UserId) -> FolderMove | None:
        """The one of an owner's that is under way."""
        with translated():
            found = await self._transaction.collection(FOLDER_MOVES).find_one(
                {"_id": owner_id.value}, session=self._transaction.session
            )
        return move_of(found)

    async def set(self, owner_id: UserId, move: FolderMove | None) -> None:
        """Store which move is under way; None: no longer any."""
        moves, session = self._transaction.collection(FOLDER_MOVES), self._transaction.session
        with translated():
            if move is None:
                await moves.delete_one({"_id": owner_id.value}, session=session)
            else:
                record = {"move_id": move.move_id, ASSET_COUNT: move.left}
                await moves.replace_one({"_id": owner_id.value}, record, upsert=True, session=session)


def move_of(record: Document | None) -> FolderMove | None:
    """What a document says."""
    return None if record is None else FolderMove(record["move_id"], record[ASSET_COUNT])


def _sums(owner_id: UserId, folder: str, most: int) -> list[Document]:
    """What follows / in the order of code points is 0."""
    own, first, end = (
        {"owner_id": owner_id.value, "parent": parent} for parent in (folder, f"{folder}/", f"{folder}0")
    )
    right_below = {"_id": {"$gt": own, "$lt": own | {"folder": MaxKey()}}}
    deeper = {"_id": {"$gt": first, "$lt": end}}
    return [
        {"$match": {"$or": [right_below, deeper]}},
        {"$limit": most},
        {
            "$group": {
                "_id": None,
                "folders": {"$sum": 1},
                "steps": {"$sum": f"${ASSET_COUNT}"},
                "longest": {"$max": {"$strLenBytes": "$_id.folder"}},
                "deepest": {"$max": {"$size": {"$split": ["$_id.folder", SEPARATOR]}}},
            }
        },
    ]
