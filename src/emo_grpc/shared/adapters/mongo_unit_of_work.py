"""The unit of work on MongoDB, less the repositories."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo import MongoDatabase
from emo_grpc.shared.adapters.mongo_documents import Document, up_to
from emo_grpc.shared.adapters.mongo_errors import translated
from emo_grpc.shared.adapters.mongo_outbox import insert_rows
from emo_grpc.shared.adapters.mongo_transaction import MongoTransaction
from emo_grpc.shared.adapters.times import microseconds, time_of
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import Subscriptions, rows_for

IDEMPOTENCY_KEYS: Final = "idempotency_keys"
INDEXES: Final = {IDEMPOTENCY_KEYS: [IndexModel([("expire_time", ASCENDING)])]}

Saw = Callable[[Aggregate], None]
"""How a repository tells its unit of work of an aggregate whose events are to be stored."""


class MongoUnitOfWork(ABC):
    """Works on one snapshot. Of two units that write the same document the later one meets ConcurrentChange.

    Two units that only read what the other writes don't notice each other: a rule over several documents needs one
    document that all its units write.
    """

    def __init__(self, database: MongoDatabase, codec: EventCodec, subscriptions: Subscriptions, clock: Clock) -> None:
        self._database = database
        self._codec = codec
        self._subscriptions = subscriptions
        self._clock = clock

    @abstractmethod
    def _open_repositories(self, transaction: MongoTransaction, saw: Saw) -> None:
        """Make the context's repositories over this transaction."""

    @property
    def idempotency(self) -> "MongoIdempotencyKeys":
        """The results of earlier requests."""
        return self._idempotency

    async def __aenter__(self) -> Self:
        self._seen: list[Aggregate] = []
        self._scope: AbstractAsyncContextManager[MongoTransaction] = self._database.transaction()
        self._transaction = await self._scope.__aenter__()
        self._idempotency = MongoIdempotencyKeys(self._transaction)
        self._open_repositories(self._transaction, self._seen.append)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        """Store the events of what was saved with it, in one transaction."""
        await insert_rows(self._transaction, self._codec, rows_for(self._seen, self._subscriptions, self._clock()))
        await self._transaction.commit()


class MongoIdempotencyKeys:
    """Documents whose `_id` is the scope and the request's id."""

    def __init__(self, transaction: MongoTransaction) -> None:
        self._transaction = transaction
        self._keys = transaction.collection(IDEMPOTENCY_KEYS)

    async def find(self, scope: str, request_id: RequestId) -> IdempotencyKey | None:
        """The remembered result, or None."""
        with translated():
            found = await self._keys.find_one({"_id": _id(scope, request_id)}, session=self._transaction.session)
        return None if found is None else _key(found)

    async def add(self, key: IdempotencyKey) -> None:
        """Remember a result."""
        document = {
            "_id": _id(key.scope, key.request_id),
            "fingerprint": key.fingerprint,
            "result_id": key.result_id,
            "expire_time": microseconds(key.expire_time),
        }
        try:
            with translated():
                await self._keys.insert_one(document, session=self._transaction.session)
        except DuplicateKeyError as error:
            raise ConcurrentChange("this request_id was used at the same moment") from error

    async def after(self, key: IdempotencyKey | None, limit: int) -> list[IdempotencyKey]:
        """The next ones in order of their `_id`."""
        which: Document = {} if key is None else {"_id": {"$gt": _id(key.scope, key.request_id)}}
        with translated():
            found = self._keys.find(which, sort=[("_id", ASCENDING)], session=self._transaction.session)
            return [_key(document) for document in await up_to(limit, found)]

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` expired ones; gives how many."""
        session = self._transaction.session
        with translated():
            expired = self._keys.find({"expire_time": {"$lt": microseconds(now)}}, {"_id": True}, session=session)
            ids = [document["_id"] for document in await up_to(limit, expired)]
            return (await self._keys.delete_many({"_id": {"$in": ids}}, session=session)).deleted_count


def _key(document: Document) -> IdempotencyKey:
    scope, _, request_id = document["_id"].rpartition(" ")
    return IdempotencyKey(
        scope,
        RequestId(UUID(request_id)),
        document["fingerprint"],
        document["result_id"],
        time_of(document["expire_time"]),
    )


def _id(scope: str, request_id: RequestId) -> str:
    return f"{scope} {request_id}"
