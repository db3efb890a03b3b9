"""A repository over a collection of documents."""

from collections.abc import Mapping

from pymongo import ASCENDING

from emo_grpc.shared.adapters.document_kind import Damaged, Id, Whole
from emo_grpc.shared.adapters.document_repository import DocumentRepository, require_one
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import DAMAGED, Errors, Upcasters
from emo_grpc.shared.adapters.unit_of_work import Track


class MongoDocumentRepository(DocumentRepository[Id, Whole, Damaged]):
    """Works on the snapshot of its transaction."""

    def __init__(
        self,
        collection: DocumentCollection[Id, Whole, Damaged],
        transaction: MongoTransaction,
        track: Track,
        upcasters: Upcasters,
    ) -> None:
        super().__init__(collection.kind, track, upcasters)
        self._collection = collection
        self._transaction = transaction
        self._records = transaction.collection(collection.kind.name)

    async def outdated(self, limit: int) -> list[Whole | Damaged]:
        """Some that are stored as another release does."""
        return await self._select(self._collection.outdated, limit)

    async def _find(self, identifier: Id, damage: Errors) -> Whole | Damaged | None:
        found = await self._select({"_id": self._collection.key_of(identifier)}, 1, damage=damage)
        return found[0] if found else None

    async def _select(
        self,
        wanted: Mapping[str, object],
        limit: int,
        *,
        order: str | None = None,
        hint: str | None = None,
        damage: Errors = DAMAGED,
    ) -> list[Whole | Damaged]:
        sort = None if order is None else [(order, ASCENDING)]
        projection, session = self._collection.projection, self._transaction.session
        with translated():
            found = self._records.find(wanted, projection, sort=sort, hint=hint, session=session)
            return [self._collection.read(record, self._upcasters, damage) for record in await up_to(limit, found)]

    async def _add_record(self, record: Document) -> None:
        """Write it; raises ConcurrentChange if it is there."""
        with translated_unique():
            await self._records.insert_one(record, session=self._transaction.session)

    async def _replace_record(self, aggregate: Whole, record: Document) -> None:
        """Write it in place of what was read; raises ConcurrentChange if another version is stored."""
        with translated_unique():
            replaced = await self._records.replace_one(
                self._as_read(aggregate), record, session=self._transaction.session
            )
        require_one(replaced.matched_count)

    async def _delete(self, stored: Whole | Damaged) -> None:
        """Remove its record; raises ConcurrentChange if another version is stored."""
        with translated():
            deleted = await self._records.delete_one(self._as_read(stored), session=self._transaction.session)
        require_one(deleted.deleted_count)
        self._track(stored)

    def _as_read(self, stored: Whole | Damaged) -> Document:
        """The condition of a record that is as it was read; the version of a damaged one may be damaged as well."""
        key: Document = {"_id": self._collection.key_of(self._kind.id_of(stored))}
        return key | {"version": stored.version} if isinstance(stored, self._kind.aggregate) else key
