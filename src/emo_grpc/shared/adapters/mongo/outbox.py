"""The outbox on MongoDB."""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from emo_grpc.shared.adapters.event_codec import EventCodec, readable_text
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.outbox_rows import addressable
from emo_grpc.shared.adapters.times import microseconds, readable_time
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, Backlog, OutboxRow, Subscriptions

OUTBOX: Final = "outbox"
INDEXES: Final = {OUTBOX: [IndexModel([("is_dead", ASCENDING), ("due_time", ASCENDING)])]}

KIND_OF_ROW: Final = {
    "$cond": ["$is_dead", "dead", {"$cond": [{"$gt": ["$attempts", 0]}, "failing", "waiting"]}],
}


async def insert_rows(transaction: MongoTransaction, codec: EventCodec, rows: Sequence[OutboxRow]) -> None:
    """Add rows, one or more, inside the transaction of their aggregates."""
    with translated():
        await transaction.collection(OUTBOX).insert_many(
            [_document(codec, row) for row in rows], session=transaction.session
        )


class MongoOutbox:
    """A lease is a due time in the future, so a crashed relay's rows come back by themselves.

    An update of a document looks at it again at the moment it writes: of two relays that want the same row, one finds
    it due no more. Each leaves its mark on what it got.
    """

    def __init__(self, database: MongoDatabase, codec: EventCodec) -> None:
        self._database = database
        self._codec = codec

    async def lease(
        self, subscriptions: Subscriptions, *, limit: int, now: datetime, leased_until: datetime
    ) -> list[OutboxRow]:
        """Take up to `limit` rows that are due, oldest first."""
        leased: list[OutboxRow] = []
        mark = str(uuid4())
        is_due = _due(subscriptions, now) | {"lease": {"$ne": mark}}
        lease = {"due_time": microseconds(leased_until), "lease": mark}
        with translated():
            while due := await self._find(is_due, limit - len(leased)):
                leased += self._rows([document | lease for document in await self._take(due, is_due, lease)])
        return leased

    async def done(self, row: OutboxRow) -> None:
        """Remove a row that was delivered."""
        with translated():
            await self._database.collection(OUTBOX).delete_one(_leased(row))

    async def postpone(self, row: OutboxRow, *, due_time: datetime, attempts: int, error: str) -> None:
        """Try again later."""
        changes = {"due_time": microseconds(due_time), "attempts": attempts, "error": error}
        await self._update(_leased(row), {"$set": changes})

    async def bury(self, row: OutboxRow, *, error: str) -> None:
        """Make a row a dead letter."""
        await self._update(_leased(row), {"$set": {"attempts": row.attempts + 1, "is_dead": True, "error": error}})

    async def dead_letters(self, limit: int) -> list[OutboxRow]:
        """The oldest dead letters."""
        with translated():
            return self._rows(await self._find({"is_dead": True}, limit))

    async def waiting(self, limit: int) -> list[OutboxRow]:
        """Those that are no dead letters."""
        with translated():
            return self._rows(await self._find({"is_dead": False}, limit))

    async def backlog(self) -> Backlog:
        """What there is."""
        group = {"_id": KIND_OF_ROW, "count": {"$sum": 1}, "due_time": {"$min": "$due_time"}}
        with translated():
            found = await self._database.collection(OUTBOX).aggregate([{"$group": group}])
            kinds = {document["_id"]: document async for document in found}
        counts = {kind: int(document["count"]) for kind, document in kinds.items()}
        due = [document["due_time"] for kind, document in kinds.items() if kind != "dead"]
        return Backlog(**counts, earliest_due_time=min(map(readable_time, due)) if due else None)

    async def revive(self, row_id: UUID, *, now: datetime) -> bool:
        """Make a row due at once with no attempts."""
        changes = {"is_dead": False, "attempts": 0, "due_time": microseconds(now)}
        return await self._update({"_id": str(row_id)}, {"$set": changes})

    async def drop(self, row_id: UUID) -> bool:
        """Remove a row that is not to be delivered."""
        with translated():
            return (await self._database.collection(OUTBOX).delete_one({"_id": str(row_id)})).deleted_count == 1

    async def drop_dead(
        self, event_types: Collection[str], *, limit: int, before: datetime | None = None, naming: str = ""
    ) -> int:
        """Remove dead letters; the due time of one is the end of its last lease."""
        which: Document = {"is_dead": True, "event_type": {"$in": list(event_types)}}
        which |= {"due_time": {"$lt": microseconds(before)}} if before else {}
        which |= {"event": {"$regex": re.escape(naming)}} if naming else {}
        with translated():
            ids = [document["_id"] for document in await self._find(which, limit)]
            return (await self._database.collection(OUTBOX).delete_many(which | {"_id": {"$in": ids}})).deleted_count

    async def rows(self, after: UUID | None, limit: int) -> list[OutboxRow]:
        """The next rows in order of their ids."""
        which: Document = {} if after is None else {"_id": {"$gt": str(after)}}
        with translated():
            found = self._database.collection(OUTBOX).find(which, sort=[("_id", ASCENDING)])
            return self._rows(await up_to(limit, found))

    async def import_row(self, row: OutboxRow) -> bool:
        """Keep a row of another outbox."""
        with translated(), suppress(DuplicateKeyError):
            await self._database.collection(OUTBOX).insert_one(_document(self._codec, row))
            return True
        return False

    async def _find(self, which: Document, limit: int) -> list[Document]:
        return await up_to(limit, self._database.collection(OUTBOX).find(which).sort("due_time", ASCENDING))

    async def _take(self, due: Sequence[Document], is_due: Document, lease: Document) -> Sequence[Document]:
        outbox = self._database.collection(OUTBOX)
        wanted = {"_id": {"$in": [document["_id"] for document in due]}}
        taken = await outbox.update_many(is_due | wanted, {"$set": lease})
        if taken.modified_count == len(due):
            return due
        mine = {document["_id"] async for document in outbox.find(wanted | {"lease": lease["lease"]}, {"_id": True})}
        return [document for document in due if document["_id"] in mine]

    async def _update(self, which: Document, changes: Document) -> bool:
        with translated():
            return (await self._database.collection(OUTBOX).update_one(which, changes)).matched_count == 1

    def _rows(self, documents: Sequence[Document]) -> list[OutboxRow]:
        return list(addressable(documents, self._row))

    def _row(self, document: Document) -> OutboxRow:
        return OutboxRow(
            row_id=UUID(str(document["_id"])),
            handler=readable_text(document.get("handler")),
            event=self._codec.decode(readable_text(document.get("event_type")), _event(document)),
            due_time=readable_time(document.get("due_time")),
            attempts=attempts if isinstance(attempts := document.get("attempts"), int) else 0,
            error=readable_text(document.get("error")),
            is_dead=document.get("is_dead") is True,
            traceparent=readable_text(document.get("traceparent")),
        )


def _due(subscriptions: Subscriptions, now: datetime) -> Document:
    wanted = [
        {"event_type": kind.__name__, "handler": {"$in": list(handlers)}} for kind, handlers in subscriptions.items()
    ]
    strays = {"due_time": {"$lte": microseconds(now - STRAY_AFTER)}}
    return {"is_dead": False, "due_time": {"$lte": microseconds(now)}, "$or": [strays, *wanted]}


def _event(document: Document) -> str:
    event = document.get("event")
    return event if isinstance(event, str) else ""


def _leased(row: OutboxRow) -> Document:
    return {"_id": str(row.row_id), "due_time": microseconds(row.due_time), "is_dead": False}


def _document(codec: EventCodec, row: OutboxRow) -> Document:
    event_type, event = codec.encode(row.event)
    return {
        "_id": str(row.row_id),
        "handler": row.handler,
        "event_type": event_type,
        "event": event,
        "due_time": microseconds(row.due_time),
        "attempts": row.attempts,
        "error": row.error,
        "is_dead": row.is_dead,
    } | ({"traceparent": row.traceparent} if row.traceparent else {})
