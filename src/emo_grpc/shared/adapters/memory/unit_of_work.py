"""Everything in dicts, for tests of the service layer."""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, OutboxRow, Subscriptions, pairs_of, rows_for

# Any: each table's owner knows what it keeps in it.
Table = dict[Any, Any]


class MemoryDatabase:
    """Named tables. What is in them is never changed in place, so a shallow copy is a snapshot."""

    def __init__(self) -> None:
        self.tables: defaultdict[str, Table] = defaultdict(dict)
        self.before: dict[str, Table] | None = None
        self.turn = asyncio.Lock()

    def committed(self, name: str) -> Table:
        """The table of that name as views see it: without what a unit of work has not committed."""
        return (self.tables if self.before is None else self.before).get(name, {})

    def table(self, name: str) -> Table:
        """The table of that name, made at first use."""
        return self.tables[name]

    def snapshot(self) -> dict[str, Table]:
        """A copy to go back to."""
        return {name: dict(table) for name, table in self.tables.items()}

    def restore(self, snapshot: dict[str, Table]) -> None:
        """Go back to it."""
        self.tables = defaultdict(dict, snapshot)


class MemoryUnitOfWork(ABC):
    """One unit at a time; undone by going back to the snapshot taken at its begin."""

    def __init__(self, database: MemoryDatabase, subscriptions: Subscriptions, clock: Clock) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._clock = clock

    @abstractmethod
    def _open_repositories(self, database: MemoryDatabase, track: Track) -> None:
        """Make the context's repositories."""

    async def __aenter__(self) -> Self:
        await self._database.turn.acquire()
        self._seen: list[Aggregate] = []
        self._database.before = self._database.snapshot()
        self.idempotency = MemoryIdempotencyKeys(self._database)
        self._open_repositories(self._database, self._seen.append)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._database.before is not None:
            self._database.restore(self._database.before)
            self._database.before = None
        self._database.turn.release()

    async def commit(self) -> None:
        """Keep it, with the events."""
        for row in rows_for(self._seen, self._subscriptions, self._clock()):
            self._database.table("outbox")[row.row_id] = row
        self._database.before = None


class MemoryIdempotencyKeys:
    """Keys in a table."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def find(self, scope: str, request_id: RequestId) -> IdempotencyKey | None:
        """The remembered result, or None."""
        found: IdempotencyKey | None = self._database.table("idempotency_keys").get((scope, request_id))
        return found

    async def add(self, key: IdempotencyKey) -> None:
        """Remember a result."""
        table = self._database.table("idempotency_keys")
        if (key.scope, key.request_id) in table:
            raise ConcurrentChange("this request_id was used at the same moment")
        table[key.scope, key.request_id] = key

    async def after(self, key: IdempotencyKey | None, limit: int) -> list[IdempotencyKey]:
        """The next ones."""
        table = self._database.table("idempotency_keys")
        names = sorted(name for name in table if key is None or name > (key.scope, key.request_id))
        return [table[name] for name in names[:limit]]

    async def sweep(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` expired ones; gives how many."""
        table = self._database.table("idempotency_keys")
        expired = [name for name, key in table.items() if key.expire_time < now][:limit]
        for name in expired:
            del table[name]
        return len(expired)


class MemoryOutbox:
    """Rows in a table; dead ones in another. Every change waits for the units under way, which may go back."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def lease(
        self, subscriptions: Subscriptions, *, limit: int, now: datetime, leased_until: datetime
    ) -> list[OutboxRow]:
        """Take up to `limit` rows that are due, oldest first."""
        wanted = pairs_of(subscriptions)
        async with self._database.turn:
            due = sorted((row for row in self._rows.values() if row.due_time <= now), key=lambda row: row.due_time)
            due = [row for row in due if (row.event_type, row.handler) in wanted or row.due_time <= now - STRAY_AFTER]
            leased = [replace(row, due_time=leased_until) for row in due[:limit]]
            self._rows.update((row.row_id, row) for row in leased)
            return leased

    async def done(self, row: OutboxRow) -> None:
        """Remove a row that was delivered."""
        async with self._database.turn:
            if self._is_leased(row):
                del self._rows[row.row_id]

    async def postpone(self, row: OutboxRow, *, due_time: datetime, attempts: int, error: str) -> None:
        """Try again later."""
        async with self._database.turn:
            if self._is_leased(row):
                self._rows[row.row_id] = replace(row, due_time=due_time, attempts=attempts, error=error)

    async def bury(self, row: OutboxRow, *, error: str) -> None:
        """Make a row a dead letter."""
        async with self._database.turn:
            if self._is_leased(row):
                del self._rows[row.row_id]
                self._dead[row.row_id] = replace(row, attempts=row.attempts + 1, error=error, is_dead=True)

    async def dead_letters(self, limit: int) -> list[OutboxRow]:
        """The oldest dead letters."""
        return sorted(self._dead.values(), key=lambda row: row.due_time)[:limit]

    async def rows(self, after: UUID | None, limit: int) -> list[OutboxRow]:
        """The next rows in order of their ids."""
        async with self._database.turn:
            rows = {**self._rows, **self._dead}
            return [rows[row_id] for row_id in sorted(rows) if after is None or row_id > after][:limit]

    async def import_row(self, row: OutboxRow) -> bool:
        """Keep a row of another outbox."""
        async with self._database.turn:
            if row.row_id in self._rows or row.row_id in self._dead:
                return False
            (self._dead if row.is_dead else self._rows)[row.row_id] = row
            return True

    async def revive(self, row_id: UUID, *, now: datetime) -> bool:
        """Make a dead letter due again with no attempts."""
        async with self._database.turn:
            row = self._dead.pop(row_id, None)
            if row is None:
                return False
            self._rows[row_id] = replace(row, attempts=0, due_time=now, is_dead=False)
            return True

    def _is_leased(self, row: OutboxRow) -> bool:
        stored = self._rows.get(row.row_id)
        return stored is not None and stored.due_time == row.due_time

    @property
    def _rows(self) -> dict[UUID, OutboxRow]:
        return self._database.table("outbox")

    @property
    def _dead(self) -> dict[UUID, OutboxRow]:
        return self._database.table("dead_letters")
