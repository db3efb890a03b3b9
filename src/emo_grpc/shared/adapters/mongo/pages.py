"""Pages of lists whose latest item comes first, on MongoDB.

Their records have a field `create_time` of text, as `time_text` writes it.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from pymongo import DESCENDING

from emo_grpc.shared.adapters.document_kind import Damaged, Id, Whole
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.service_layer.pages import After, Unreadable

LATEST_FIRST: Final = [("create_time", DESCENDING), ("_id", DESCENDING)]

T = TypeVar("T")


async def latest(
    database: MongoDatabase,
    collection: DocumentCollection[Id, Whole, Damaged],
    view: Callable[[Whole], T],
    *,
    limit: int,
    after: After | None,
    index: list[tuple[str, int]],
    where: Document | None = None,
) -> list[T | Unreadable]:
    """The views of records that follow `after`, with one command on `index`; of those alone that `where` describes."""
    wanted = where or {}
    if after is not None:
        wanted = wanted | _following(time_text(after[0]), collection.key_of(collection.kind.id_type(after[1])))
    query = database.collection(collection.kind.name).find(wanted).hint(index).sort(LATEST_FIRST)
    with translated():
        records = await up_to(limit, query)
    found = [(collection.read(record, damage=UNREADABLE), record["create_time"]) for record in records]
    return [collection.kind.shown(stored, view, create_time) for stored, create_time in found]


def _following(time: str, key: object) -> Document:
    """A range of the index by time, and in it what is not before this key among those of the same moment."""
    return {"create_time": {"$lte": time}, "$or": [{"create_time": {"$lt": time}}, {"_id": {"$lt": key}}]}
