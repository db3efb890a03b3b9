"""The unit of work on SQLite, less the repositories."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from emo_grpc.shared.adapters.sqlite.audit import SCHEMA as AUDIT_SCHEMA
from emo_grpc.shared.adapters.sqlite.audit import SqliteAuditTrail
from emo_grpc.shared.adapters.sqlite.outbox import insert_row
from emo_grpc.shared.adapters.sqlite.statements import all_rows, changed_rows, first_row
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.times import readable_time
from emo_grpc.shared.adapters.unit_of_work import ContextUpcasters, TransactionalUnitOfWork
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import OutboxRow

_KEYS: Final = """
CREATE TABLE IF NOT EXISTS idempotency_keys (
    scope TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result_id TEXT NOT NULL,
    expire_time TEXT NOT NULL,
    PRIMARY KEY (scope, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_keys_by_expiry ON idempotency_keys (expire_time);
CREATE INDEX IF NOT EXISTS idempotency_keys_by_result ON idempotency_keys (result_id);
"""
SCHEMA: Final = _KEYS + AUDIT_SCHEMA

FIND: Final = "SELECT fingerprint, result_id, expire_time FROM idempotency_keys WHERE scope = ? AND request_id = ?"
INSERT: Final = """
INSERT INTO idempotency_keys (scope, request_id, fingerprint, result_id, expire_time) VALUES (?, ?, ?, ?, ?)
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
FORGET_SCOPE: Final = SWEEP.replace("expire_time < ?", "scope = ?")
FORGET_RESULT: Final = "DELETE FROM idempotency_keys WHERE result_id = ?"


class SqliteUnitOfWork(TransactionalUnitOfWork[SqliteTransaction, ContextUpcasters]):
    """Has the file's writer to itself from `async with` to its end, so units of one process never conflict."""

    def _open_idempotency(self, transaction: SqliteTransaction) -> "SqliteIdempotencyKeys":
        return SqliteIdempotencyKeys(transaction)

    def _open_audit(self, transaction: SqliteTransaction) -> SqliteAuditTrail:
        return SqliteAuditTrail(transaction, self._clock)

    async def _insert(self, transaction: SqliteTransaction, rows: Sequence[OutboxRow]) -> None:
        def insert(connection: sqlite3.Connection) -> None:
            for row in rows:
                insert_row(connection, self._codec, row)

        transaction.later(insert)


class SqliteIdempotencyKeys:
    """Rows of a table without rowid."""

    def __init__(self, transaction: SqliteTransaction) -> None:
        self._transaction = transaction

    async def find(self, scope: str, request_id: RequestId) -> IdempotencyKey | None:
        """The remembered result, or None."""
        row = await self._transaction.run(first_row(FIND, scope, str(request_id)))
        if row is None:
            return None
        return IdempotencyKey(scope, request_id, row[0], row[1], readable_time(row[2]))

    async def add(self, key: IdempotencyKey) -> None:
        """Remember a result."""
        values = (key.scope, str(key.request_id), key.fingerprint, key.result_id, key.expire_time.isoformat())

        def insert(connection: sqlite3.Connection) -> None:
            try:
                connection.execute(INSERT, values)
            except sqlite3.IntegrityError as error:
                raise ConcurrentChange("this request_id was used at the same moment") from error

        self._transaction.later(insert)

    async def after(self, key: IdempotencyKey | None, limit: int) -> list[IdempotencyKey]:
        """The next ones in order of their primary key."""
        first = ("", "") if key is None else (key.scope, str(key.request_id))
        rows = await self._transaction.run(all_rows(AFTER, *first, limit))
        return [
            IdempotencyKey(scope, RequestId(UUID(request_id)), fingerprint, result_id, readable_time(time))
            for scope, request_id, fingerprint, result_id, time in rows
        ]

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` expired ones; gives how many."""
        return await self._transaction.run(changed_rows(SWEEP, now.isoformat(), limit))

    async def forget_scope(self, scope: str, limit: int) -> int:
        """Forget up to `limit` of a scope; gives how many."""
        return await self._transaction.run(changed_rows(FORGET_SCOPE, scope, limit))

    async def forget_result(self, result_id: str) -> int:
        """Forget those with this result; gives how many."""
        return await self._transaction.run(changed_rows(FORGET_RESULT, result_id))
