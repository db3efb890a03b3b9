"""The unit of work on MongoDB, less the repositories."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from emo_grpc.shared.adapters.event_codec import readable_text
from emo_grpc.shared.adapters.mongo.audit import INDEXES as AUDIT_INDEXES
from emo_grpc.shared.adapters.mongo.audit import MongoAuditTrail
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.outbox import insert_rows
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.times import microseconds, readable_time
from emo_grpc.shared.adapters.unit_of_work import ContextUpcasters, TransactionalUnitOfWork
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import OutboxRow

IDEMPOTENCY_KEYS: Final = "idempotency_keys"
INDEXES: Final = {
    IDEMPOTENCY_KEYS: [IndexModel([("expire_time", ASCENDING)]), IndexModel([("result_id", ASCENDING)])],
    **AUDIT_INDEXES,
}


class MongoUnitOfWork(TransactionalUnitOfWork[MongoTransaction, ContextUpcasters]):
    """Works on one snapshot. Of two units that write the same document the later one meets ConcurrentChange.

    Two units that only read what the other writes don't notice each other: a rule over several documents needs one
    document that all its units write.
    """

    def _open_idempotency(self, transaction: MongoTransaction) -> "MongoIdempotencyKeys":
        return MongoIdempotencyKeys(transaction)

    def _open_audit(self, transaction: MongoTransaction) -> MongoAuditTrail:
        return MongoAuditTrail(transaction, self._clock)

    async def _insert(self, transaction: MongoTransaction, rows: Sequence[OutboxRow]) -> None:
        await insert_rows(transaction, self._codec, rows)


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
        return await self._forget({"expire_time": {"$lt": microseconds(now)}}, limit)

    async def forget_scope(self, scope: str, limit: int) -> int:
        """Forget up to `limit` of a scope, which their `_id` begins with; gives how many."""
        return await self._forget({"_id": {"$regex": f"^{re.escape(scope)} [^ ]+$"}}, limit)

    async def forget_result(self, result_id: str) -> int:
        """Forget those with this result; gives how many."""
        with translated():
            which = {"result_id": result_id}
            return (await self._keys.delete_many(which, session=self._transaction.session)).deleted_count

    async def _forget(self, which: Document, limit: int) -> int:
        session = self._transaction.session
        with translated():
            found = self._keys.find(which, {"_id": True}, session=session)
            ids = [document["_id"] for document in await up_to(limit, found)]
            return (await self._keys.delete_many({"_id": {"$in": ids}}, session=session)).deleted_count


def _key(document: Document) -> IdempotencyKey:
    scope, _, request_id = document["_id"].rpartition(" ")
    return IdempotencyKey(
        scope,
        RequestId(UUID(request_id)),
        readable_text(document.get("fingerprint")),
        readable_text(document.get("result_id")),
        readable_time(document.get("expire_time")),
    )


def _id(scope: str, request_id: RequestId) -> str:
    return f"{scope} {request_id}"
