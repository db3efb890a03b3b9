"""The whole trail on MongoDB."""

from collections.abc import Sequence
from uuid import UUID

from pymongo import ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection

from emo_grpc.audit.service_layer.archive import ArchivedEntry, ArchivedSubject
from emo_grpc.shared.adapters.mongo.audit import BY_ID, ENTRIES, SUBJECTS
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique


class MongoAuditArchive:
    """Each page is one command, on what a majority of the servers has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def subjects(self, after: str | None, limit: int) -> list[ArchivedSubject]:
        """The next subjects."""
        found = await _page(self._database.collection(SUBJECTS), after, limit)
        return [
            ArchivedSubject(each["_id"], each.get("user_id", ""), each.get("pseudonym", ""), each.get("key", b""))
            for each in found
        ]

    async def entries(self, after: UUID | None, limit: int) -> list[ArchivedEntry]:
        """The next entries."""
        found = await _page(self._database.collection(ENTRIES), None if after is None else str(after), limit)
        return [
            ArchivedEntry(
                UUID(each["_id"]), each["kind"], each.get("account", ""), each.get("actor", ""), each.get("document")
            )
            for each in found
        ]

    async def import_subjects(self, subjects: Sequence[ArchivedSubject]) -> None:
        """Keep them as they are."""
        async with self._database.transaction() as transaction:
            with translated_unique():
                await transaction.collection(SUBJECTS).bulk_write(
                    [ReplaceOne({"_id": each.digest}, _subject(each), upsert=True) for each in subjects],
                    session=transaction.session,
                )
            await transaction.commit()

    async def import_entries(self, entries: Sequence[ArchivedEntry]) -> int:
        """Add those that are not here yet."""
        async with self._database.transaction() as transaction:
            collection, session = transaction.collection(ENTRIES), transaction.session
            with translated_unique():
                ids = [str(each.entry_id) for each in entries]
                known = await collection.find({"_id": {"$in": ids}}, {"_id": True}, session=session).to_list()
                present = {each["_id"] for each in known}
                new = [_record(each) for each in entries if str(each.entry_id) not in present]
                if new:
                    await collection.insert_many(new, session=session)
            await transaction.commit()
        return len(new)


async def _page(collection: AsyncCollection[Document], after: str | None, limit: int) -> list[Document]:
    wanted: Document = {} if after is None else {"_id": {"$gt": after}}
    with translated():
        return await up_to(limit, collection.find(wanted, sort=BY_ID))


def _subject(subject: ArchivedSubject) -> Document:
    if not subject.pseudonym:
        return {}
    return {"user_id": subject.user_id, "pseudonym": subject.pseudonym, "key": subject.key}


def _record(entry: ArchivedEntry) -> Document:
    found_by = {"account": entry.account, "actor": entry.actor}
    record: Document = {"_id": str(entry.entry_id), "kind": entry.kind, "document": entry.document}
    return record | {name: value for name, value in found_by.items() if value}
