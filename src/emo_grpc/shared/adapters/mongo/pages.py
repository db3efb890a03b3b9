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
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Dated, Page, after_cursor, page_of

LATEST_FIRST: Final = [("create_time", DESCENDING), ("_id", DESCENDING)]

Shown = TypeVar("Shown", bound=Dated)


async def latest(
    database: MongoDatabase,
    collection: DocumentCollection[Id, Whole, Damaged],
    view: Callable[[Whole], Shown],
    *,
    limit: int,
    after: Cursor | None,
    index: list[tuple[str, int]],
    where: Document | None = None,
) -> Page[Shown]:
    """The page that follows the one with the cursor `after`, by one command on `index`; `where` tells what is on it."""
    wanted, last = where or {}, after_cursor(after)
    if last is not None:
        wanted = wanted | _following(time_text(last[0]), collection.key_of(collection.kind.id_type(last[1])))
    query = database.collection(collection.kind.name).find(wanted).hint(index).sort(LATEST_FIRST)
    with translated():
        records = await up_to(limit + 1, query)
    found = [(collection.read(record, damage=UNREADABLE), record["create_time"]) for record in records]
    return page_of([collection.kind.listed(stored, view, create_time) for stored, create_time in found], limit)


def _following(time: str, key: object) -> Document:
    """A range of the index by time, and in it what is not before this key among those of the same moment."""
    return {"create_time": {"$lte": time}, "$or": [{"create_time": {"$lt": time}}, {"_id": {"$lt": key}}]}
