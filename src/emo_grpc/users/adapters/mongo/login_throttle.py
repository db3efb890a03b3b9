"""Failed logins on MongoDB."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique
from emo_grpc.shared.adapters.times import readable_time, time_text
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.users.adapters.documents.throttle_records import failures_of
from emo_grpc.users.adapters.mongo.schema import FAMILIAR_PEERS, LOGIN_FAILURES
from emo_grpc.users.domain.throttling import Failures, ThrottleKey, count_attempt, take_back

Change = Callable[[Failures | None, ThrottleKey], Failures | None]


class MongoLoginThrottle:
    """An attempt is a transaction, again when another login of the same account or peer came in between.

    Behind a balancer all clients are the same peer, so a success is taken back key by key, where possible in a single
    write: that waits for others where a transaction fails.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._retries = ConflictRetries()

    async def attempt(self, keys: Sequence[ThrottleKey], now: datetime) -> None:
        """Count an attempt as failed under all keys, or under none."""
        await self._change(keys, lambda known, key: count_attempt(known, key, now))

    async def succeeded(self, keys: Sequence[ThrottleKey]) -> None:
        """Take it back."""
        for key in keys:
            if not await self._taken_back_at_once(key):
                await self._change([key], take_back)

    async def familiar_until(self, key: ThrottleKey) -> datetime | None:
        """Until when it is remembered."""
        with translated():
            found = await self._database.collection(FAMILIAR_PEERS).find_one({"_id": key.digest})
        return readable_time(found.get("forget_time")) if found else None

    async def remember(self, key: ThrottleKey, until: datetime) -> None:
        """Remember it."""
        memory: Document = {"forget_time": time_text(until)}
        with translated_unique():
            await self._database.collection(FAMILIAR_PEERS).replace_one({"_id": key.digest}, memory, upsert=True)

    async def forget(self, now: datetime, limit: int) -> int:
        """Drop old counts and memories, unless they become new ones meanwhile."""
        return sum([await self._forget_of(kind, now, limit) for kind in (LOGIN_FAILURES, FAMILIAR_PEERS)])

    async def _forget_of(self, kind: str, now: datetime, limit: int) -> int:
        collection = self._database.collection(kind)
        is_old: Document = {"forget_time": {"$lte": time_text(now)}}
        with translated():
            ids = [old["_id"] for old in await up_to(limit, collection.find(is_old, {"_id": True}))]
            return (await collection.delete_many(is_old | {"_id": {"$in": ids}})).deleted_count

    async def _taken_back_at_once(self, key: ThrottleKey) -> bool:
        failures = self._database.collection(LOGIN_FAILURES)
        with translated():
            if key.is_cleared_by_success:
                await failures.delete_one({"_id": key.digest})
                return True
            blocks_nobody: Document = {"_id": key.digest, "count": {"$gt": 1}, "blocked_until": None}
            return (await failures.update_one(blocks_nobody, {"$inc": {"count": -1}})).matched_count == 1

    async def _change(self, keys: Sequence[ThrottleKey], change: Change) -> None:
        widest = max(keys, key=attrgetter("limit"))
        await self._retries.run(partial(self._change_once, keys, change), widest.digest)

    async def _change_once(self, keys: Sequence[ThrottleKey], change: Change) -> None:
        failures = self._database.collection(LOGIN_FAILURES)
        async with self._database.transaction() as transaction:
            session = transaction.session
            with translated_unique():
                found = await failures.find({"_id": {"$in": [key.digest for key in keys]}}, session=session).to_list()
                known = {document["_id"]: _failures(document) for document in found}
                for key in keys:
                    left = change(known.get(key.digest), key)
                    if left is not None:
                        await failures.replace_one({"_id": key.digest}, _document(left), upsert=True, session=session)
                    elif key.digest in known:
                        await failures.delete_one({"_id": key.digest}, session=session)
            await transaction.commit()


def _failures(document: Document) -> Failures | None:
    return failures_of(*(document.get(name) for name in ("count", "window_start", "blocked_until")))


def _document(failures: Failures) -> Document:
    return {
        "count": failures.count,
        "window_start": time_text(failures.window_start),
        "blocked_until": time_text(failures.blocked_until) if failures.blocked_until else None,
        "forget_time": time_text(failures.forget_time),
    }
