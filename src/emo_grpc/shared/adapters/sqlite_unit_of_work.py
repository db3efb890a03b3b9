"""The unit of work on SQLite, less the repositories."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite import SqliteDatabase, SqliteTransaction
from emo_grpc.shared.adapters.sqlite_outbox import insert_row
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import Subscriptions, rows_for

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS idempotency_keys (
    scope TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result_id TEXT NOT NULL,
    expire_time TEXT NOT NULL,
    PRIMARY KEY (scope, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_keys_by_expiry ON idempotency_keys (expire_time);
"""

AFTER: Final = """
SELECT scope, request_id, fingerprint, result_id, expire_time FROM idempotency_keys
WHERE (scope, request_id) > (?, ?) ORDER BY scope, request_id LIMIT ?
"""
SWEEP: Final = """
DELETE FROM idempotency_keys WHERE (scope, request_id) IN (
    SELECT scope, request_id FROM idempotency_keys WHERE expire_time < ? LIMIT ?
)
"""

Saw = Callable[[Aggregate], None]
"""How a repository tells its unit of work of an aggregate whose events are to be stored."""


class SqliteUnitOfWork(ABC):
    """Has the file's writer to itself from `async with` to its end, so units of one process never conflict."""

    def __init__(self, database: SqliteDatabase, codec: EventCodec, subscriptions: Subscriptions, clock: Clock) -> None:
        self._database = database
        self._codec = codec
        self._subscriptions = subscriptions
        self._clock = clock

    @abstractmethod
    def _open_repositories(self, transaction: SqliteTransaction, saw: Saw) -> None:
        """Make the context's repositories over this transaction."""

    @property
    def idempotency(self) -> "SqliteIdempotencyKeys":
        """The results of earlier requests."""
        return self._idempotency

    async def __aenter__(self) -> Self:
        self._seen: list[Aggregate] = []
        self._scope: AbstractAsyncContextManager[SqliteTransaction] = self._database.transaction()
        self._transaction = await self._scope.__aenter__()
        self._idempotency = SqliteIdempotencyKeys(self._transaction)
        self._open_repositories(self._transaction, self._seen.append)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        """Store the events of what was saved with it, in one transaction."""
        rows = rows_for(self._seen, self._subscriptions, self._clock())

        def store(connection: sqlite3.Connection) -> None:
            for row in rows:
                insert_row(connection, self._codec, row)

        if rows:
            await self._transaction.run(store)
        await self._transaction.commit()


class SqliteIdempotencyKeys:
    """Rows of a table without rowid."""

    def __init__(self, transaction: SqliteTransaction) -> None:
        self._transaction = transaction

    async def find(self, scope: str, request_id: RequestId) -> IdempotencyKey | None:
        """The remembered result, or None."""
        row = await self._transaction.run(
            lambda connection: connection.execute(
                "SELECT fingerprint, result_id, expire_time FROM idempotency_keys WHERE scope = ? AND request_id = ?",
                (scope, str(request_id)),
            ).fetchone()
        )
        if row is None:
            return None
        return IdempotencyKey(scope, request_id, row[0], row[1], datetime.fromisoformat(row[2]))

    async def add(self, key: IdempotencyKey) -> None:
        """Remember a result."""
        values = (key.scope, str(key.request_id), key.fingerprint, key.result_id, key.expire_time.isoformat())
        try:
            await self._transaction.run(
                lambda connection: connection.execute(
                    "INSERT INTO idempotency_keys (scope, request_id, fingerprint, result_id, expire_time)"
                    " VALUES (?, ?, ?, ?, ?)",
                    values,
                )
            )
        except sqlite3.IntegrityError as error:
            raise ConcurrentChange("this request_id was used at the same moment") from error

    async def after(self, key: IdempotencyKey | None, limit: int) -> list[IdempotencyKey]:
        """The next ones in order of their primary key."""
        values = (*(("", "") if key is None else (key.scope, str(key.request_id))), limit)
        rows = await self._transaction.run(lambda connection: connection.execute(AFTER, values).fetchall())
        return [
            IdempotencyKey(scope, RequestId(UUID(request_id)), fingerprint, result_id, datetime.fromisoformat(time))
            for scope, request_id, fingerprint, result_id, time in rows
        ]

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` expired ones; gives how many."""
        values = (now.isoformat(), limit)
        return await self._transaction.run(lambda connection: connection.execute(SWEEP, values).rowcount)
