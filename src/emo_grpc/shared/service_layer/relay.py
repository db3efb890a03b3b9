"""Delivers the outbox in the background."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from emo_grpc.shared.domain.errors import ConcurrentChange, StorageFull, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import EventHandler, EventHandlers, Outbox, OutboxRow, UnreadableEvent

BATCH: Final = 32
LEASE: Final = timedelta(seconds=30)
FIRST_BACK_OFF: Final = timedelta(seconds=1)
MAX_BACK_OFF: Final = timedelta(minutes=10)
MAX_ATTEMPTS: Final = 12

Report = Callable[[OutboxRow, Exception, bool], None]
"""Told of each failed delivery: the row, the error, and whether the row is now a dead letter."""


class Relay:
    """Takes rows that are due and brings each to its handler; failures wait longer each time, then are buried.

    Handlers get every event at least once, so they are idempotent. A row of one handler never waits for another's.
    """

    def __init__(self, outbox: Outbox, handlers: EventHandlers, clock: Clock, report: Report) -> None:
        self._outbox = outbox
        self._handlers = {name: handler for table in handlers.values() for name, handler in table.items()}
        self._clock = clock
        self._report = report

    async def run_once(self) -> int:
        """Deliver one batch; gives how many rows were taken. Raises when one could not be marked, after all others."""
        now = self._clock()
        rows = await self._outbox.lease(limit=BATCH, now=now, leased_until=now + LEASE)
        outcomes = await asyncio.gather(*(self._deliver(row) for row in rows), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(rows)

    async def run(self, poll: timedelta = timedelta(seconds=1)) -> None:
        """Deliver until cancelled, looking for new rows every `poll`."""
        while True:
            try:
                taken = await self.run_once()
            except (Unavailable, StorageFull, ConcurrentChange):
                taken = 0
            if taken < BATCH:
                await asyncio.sleep(poll.total_seconds())

    async def _deliver(self, row: OutboxRow) -> None:
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                await self._handler(row)(row.event)
        except Exception as error:  # whatever a handler raises, its row stays and the others go on
            await self._put_back(row, error)
        else:
            await self._outbox.done(row)

    def _handler(self, row: OutboxRow) -> EventHandler:
        if isinstance(row.event, UnreadableEvent) or row.handler not in self._handlers:
            raise LookupError(f"this version has no {row.handler} for {type(row.event).__name__}")
        return self._handlers[row.handler]

    async def _put_back(self, row: OutboxRow, error: Exception) -> None:
        sentence = f"{type(error).__name__}: {error}"
        is_dead = row.attempts + 1 >= MAX_ATTEMPTS
        if is_dead:
            await self._outbox.bury(row, error=sentence)
        else:
            await self._outbox.postpone(row, due_time=self._next_try(row), error=sentence)
        self._report(row, error, is_dead)

    def _next_try(self, row: OutboxRow) -> datetime:
        return self._clock() + min(FIRST_BACK_OFF * (1 << row.attempts), MAX_BACK_OFF)
