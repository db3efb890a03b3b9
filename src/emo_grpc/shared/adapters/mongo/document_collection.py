"""A collection of documents of aggregates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

from pymongo import ASCENDING
from pymongo.read_concern import ReadConcern

from emo_grpc.shared.adapters.document_kind import Damaged, DocumentKind, Id, Whole
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.schema_versions import DAMAGED, Errors, Upcasters


@dataclass(frozen=True, slots=True)
class DocumentCollection(Generic[Id, Whole, Damaged]):
    """A record for each aggregate: its document beside its id, its version, and what queries need.

    `key_of` says how an id is stored, `projection` what is read of a record. Of one whose document can't be read,
    `damaged` makes what is left; its version is given too, 0 where that is damaged as well.
    """

    kind: DocumentKind[Id, Whole, Damaged]
    key_of: Callable[[Id], str | UUID]
    projection: Mapping[str, bool] | None
    damaged: Callable[[Document, int], Damaged]

    @property
    def outdated(self) -> Document:
        """Condition of the records of other schema versions: two ranges of an index, empty but around a migration."""
        return {"document.schema_version": {"$ne": self.kind.schema_version}}

    def read(self, record: Document, upcasters: Upcasters | None = None, damage: Errors = DAMAGED) -> Whole | Damaged:
        """The aggregate of a record; what raises one of `damage` while it is read counts as damaged."""
        upcasters = self.kind.upcasters if upcasters is None else upcasters
        version = record.get("version")
        try:
            if not isinstance(version, int):
                raise TypeError("the version of a record is no number")
            return self.kind.from_document(record["document"], version, upcasters)
        except damage:
            return self.damaged(record, version if isinstance(version, int) else 0)

    async def page(self, database: MongoDatabase, after: Id | None, limit: int) -> list[Whole | Damaged]:
        """The next aggregates in order of their ids, with one command."""
        wanted: Document = {} if after is None else {"_id": {"$gt": self.key_of(after)}}
        with translated():
            found = database.collection(self.kind.name).find(wanted, self.projection, sort=[("_id", ASCENDING)])
            return [self.kind.under(record["_id"], self.read(record)) for record in await up_to(limit, found)]


async def count_outdated(database: MongoDatabase, *collections: DocumentCollection[Any, Any, Any]) -> int:
    """How many records of these collections are of other schema versions, with one command."""
    first, *others = collections
    pipeline = [
        *_ids_of_outdated(first),
        *({"$unionWith": {"coll": each.kind.name, "pipeline": _ids_of_outdated(each)}} for each in others),
        {"$count": "count"},
    ]
    with translated():
        snapshot = database.collection(first.kind.name).with_options(read_concern=ReadConcern("snapshot"))
        counted = await (await snapshot.aggregate(pipeline)).to_list()
    return int(counted[0]["count"]) if counted else 0


def _ids_of_outdated(collection: DocumentCollection[Any, Any, Any]) -> list[Document]:
    return [{"$match": collection.outdated}, {"$project": {"_id": True}}]
