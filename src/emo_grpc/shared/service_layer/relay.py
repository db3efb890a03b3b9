"""Delivers the outbox in the background."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from emo_grpc.shared.domain.errors import ConcurrentChange, StorageFull, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.observing import Observer, Work, WorkKind, unobserved
from emo_grpc.shared.service_layer.outbox import (
    EventHandler,
    EventHandlers,
    Outbox,
    OutboxRow,
    Undeliverable,
    UnreadableEvent,
    pairs_of,
)

BATCH: Final = 32
LEASE: Final = timedelta(seconds=30)
FIRST_BACK_OFF: Final = timedelta(seconds=1)
MAX_BACK_OFF: Final = timedelta(minutes=10)
MAX_ATTEMPTS: Final = 12
MAX_TRANSIENT_ATTEMPTS: Final = MAX_ATTEMPTS - 2
"""Transient errors are counted no further: an event that waited for an engine is not buried at its next failure."""

TRANSIENT: Final = (Unavailable, StorageFull, ConcurrentChange)
"""Transient errors: no fault of the event or its handler, and so no reason to give the event up."""

Report = Callable[[OutboxRow, Exception, bool], None]
"""Told of each failed delivery: the row, the error, and whether the row is now a dead letter."""


class UnknownHandler(Exception):
    """No version that runs has the handler of a row."""


class Relay:
    """Takes rows that are due and brings each to its handler; failures wait longer each time, then are buried.

    While an engine is away, or a handler takes too long, an event is tried every ten minutes for as long as it takes.
    What a handler calls undeliverable is buried at once.
    Handlers get every event at least once, so they are idempotent. A row of one handler never waits for another's.
    What only another version handles is left to it; when that did not come for two days, it is buried.
    """

    def __init__(
        self,
        outbox: Outbox,
        handlers: EventHandlers,
        clock: Clock,
        report: Report,
        observer: Observer = unobserved,
    ) -> None:
        self._outbox = outbox
        self._handlers = handlers
        self._subscriptions = {kind: tuple(table) for kind, table in handlers.items()}
        self._known = pairs_of(self._subscriptions)
        self._clock = clock
        self._report = report
        self._observer = observer

    async def run_once(self) -> int:
        """Deliver one batch; gives how many rows were taken. Raises when one could not be marked, after all others."""
        now = self._clock()
        rows = await self._outbox.lease(self._subscriptions, limit=BATCH, now=now, leased_until=now + LEASE)
        outcomes = await asyncio.gather(*(self._deliver(row) for row in rows), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(rows)

    async def run(self, poll: timedelta = timedelta(seconds=1)) -> None:
        """Deliver until cancelled: what follows from a delivery at once, and when nothing is due after `poll`."""
        while True:
            try:
                taken = await self.run_once()
            except TRANSIENT:
                taken = 0
            if not taken:
                await asyncio.sleep(poll.total_seconds())

    async def _deliver(self, row: OutboxRow) -> None:
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                handle = self._handler(row)
                with self._observer(_delivery(row)):
                    await handle(row.event, row.row_id)
        except Exception as error:  # whatever a handler raises, its row stays and the others go on
            await self._put_back(row, error)
        else:
            await self._outbox.done(row)

    def _handler(self, row: OutboxRow) -> EventHandler:
        if (row.event_type, row.handler) not in self._known:
            raise UnknownHandler(f"no version has {row.handler} for {row.event_type}")
        if isinstance(row.event, UnreadableEvent):
            raise TypeError(f"this version can't read this {row.event_type}")
        return self._handlers[type(row.event)][row.handler]

    async def _put_back(self, row: OutboxRow, error: Exception) -> None:
        sentence = f"{type(error).__name__}: {error}"
        attempts = _attempts(row, error)
        is_dead = attempts >= MAX_ATTEMPTS
        if is_dead:
            await self._outbox.bury(row, error=sentence)
        else:
            await self._outbox.postpone(row, due_time=self._next_try(row), attempts=attempts, error=sentence)
        self._report(row, error, is_dead)

    def _next_try(self, row: OutboxRow) -> datetime:
        return self._clock() + min(FIRST_BACK_OFF * (1 << row.attempts), MAX_BACK_OFF)


def _delivery(row: OutboxRow) -> Work:
    return Work(WorkKind.DELIVERY, f"{row.event_type} {row.handler}", cause=row.traceparent)


def _attempts(row: OutboxRow, error: Exception) -> int:
    if isinstance(error, Undeliverable):
        return MAX_ATTEMPTS
    if isinstance(error, UnknownHandler):  # the first time it may be that no server ran for a day
        return MAX_ATTEMPTS if row.attempts else 1
    if isinstance(error, (*TRANSIENT, TimeoutError)):
        return min(row.attempts + 1, MAX_TRANSIENT_ATTEMPTS)
    return row.attempts + 1
