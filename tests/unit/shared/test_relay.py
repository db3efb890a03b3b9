"""The relay, on an outbox in memory and with a clock of its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from databases import opened
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA, SqliteOutbox
from emo_grpc.shared.domain.errors import ConcurrentChange, StorageFull, Unavailable
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer import relay as relay_module
from emo_grpc.shared.service_layer.outbox import (
    STRAY_AFTER,
    EventHandler,
    OutboxRow,
    Subscriptions,
    Undeliverable,
    UnreadableEvent,
)
from emo_grpc.shared.service_layer.relay import BATCH, LEASE, MAX_ATTEMPTS, MAX_BACK_OFF, Relay


@dataclass(frozen=True, slots=True)
class Rang(Event):
    """A bell rang."""

    times: int = 1


CODEC = EventCodec([Rang])


class Bench:
    """A relay with handlers `good` and `bad`, and what became of things."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.database = database
        self.outbox = SqliteOutbox(database, CODEC)
        self.delivered: list[Event] = []
        self.reports: list[tuple[str, bool]] = []
        self.relay = self.relay_with({"good": self.good, "bad": self.bad})

    def relay_with(self, handlers: dict[str, EventHandler]) -> Relay:
        return Relay(self.outbox, {Rang: handlers}, lambda: self.now, self.report)

    async def store(self, handler: str, event: Event | None = None, *, attempts: int = 0) -> OutboxRow:
        row = OutboxRow(uuid4(), handler, event or Rang(), self.now, attempts)
        assert await self.outbox.import_row(row)
        return row

    async def row(self, row: OutboxRow) -> OutboxRow:
        return next(found for found in await self.outbox.rows(None, 1_000) if found.row_id == row.row_id)

    async def good(self, event: Rang, _: UUID) -> None:
        self.delivered.append(event)

    async def bad(self, _: Rang, __: UUID) -> None:
        raise ValueError("broken")

    def report(self, row: OutboxRow, _: Exception, is_dead: bool) -> None:
        self.reports.append((row.handler, is_dead))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with opened(InMemorySqliteDatabase([SCHEMA])) as database:
        yield Bench(database)


async def test_delivers_once(bench: Bench) -> None:
    """A delivered event is gone."""
    await bench.store("good")
    assert await bench.relay.run_once() == 1
    bench.now += timedelta(days=1)
    assert await bench.relay.run_once() == 0
    assert bench.delivered == [Rang()]


async def test_failure_harms_no_other(bench: Bench) -> None:
    """A handler that fails keeps no other from its event, and is reported."""
    await bench.store("bad")
    await bench.store("good")
    await bench.relay.run_once()
    assert bench.delivered == [Rang()]
    assert bench.reports == [("bad", False)]


async def test_back_off(bench: Bench) -> None:
    """Every failure waits twice as long as the one before, up to ten minutes, until the row is buried."""
    row, waits = await bench.store("bad"), []
    for attempt in range(1, MAX_ATTEMPTS):
        await bench.relay.run_once()
        stored = await bench.row(row)
        assert (stored.attempts, stored.error) == (attempt, "ValueError: broken")
        waits.append((stored.due_time - bench.now).total_seconds())
        bench.now = stored.due_time
    assert waits == [min(2.0**n, MAX_BACK_OFF.total_seconds()) for n in range(MAX_ATTEMPTS - 1)]
    await bench.relay.run_once()
    assert bench.reports[-1] == ("bad", True)
    assert [dead.row_id for dead in await bench.outbox.dead_letters(1)] == [row.row_id]


async def test_undeliverable(bench: Bench) -> None:
    """What its handler calls undeliverable is a dead letter at once, and is not tried again."""
    tried: list[UUID] = []

    async def refuse(_: Rang, row_id: UUID) -> None:
        tried.append(row_id)
        raise Undeliverable("never")

    row = await bench.store("good")
    relay = bench.relay_with({"good": refuse})
    await relay.run_once()
    bench.now += timedelta(days=1)
    await relay.run_once()
    (dead,) = await bench.outbox.dead_letters(10)
    assert (dead.row_id, dead.error, tried) == (row.row_id, "Undeliverable: never", [row.row_id])
    assert bench.reports == [("good", True)]


async def test_at_least_once(bench: Bench) -> None:
    """A relay that vanishes after the handler and before noting so delivers again when its lease is over."""

    async def handle_and_vanish(event: Rang, _: UUID) -> None:
        bench.delivered.append(event)
        raise asyncio.CancelledError

    await bench.store("good")
    with pytest.raises(asyncio.CancelledError):
        await bench.relay_with({"good": handle_and_vanish}).run_once()
    assert await bench.relay.run_once() == 0
    bench.now += LEASE
    assert await bench.relay.run_once() == 1
    assert bench.delivered == [Rang(), Rang()]


async def test_a_repeated_delivery_can_be_told(bench: Bench) -> None:
    """Each delivery of a row brings the handler the same id, which is the row's own."""
    given: list[UUID] = []

    async def handle(_: Rang, row_id: UUID) -> None:
        given.append(row_id)
        if len(given) == 1:
            raise Unavailable("not now")

    row = await bench.store("good")
    relay = bench.relay_with({"good": handle})
    await relay.run_once()
    bench.now += timedelta(seconds=1)
    await relay.run_once()
    assert given == [row.row_id] * 2


async def test_no_delivery_is_left_alone(bench: Bench) -> None:
    """When the outbox is away at the moment of marking, the batch still ends with the last of its deliveries."""

    async def slow(event: Rang, __: UUID) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        bench.delivered.append(event)

    await bench.store("quick")
    await bench.store("slow")
    relay = bench.relay_with({"quick": bench.good, "slow": slow})
    bench.outbox.done = away  # type: ignore[method-assign] # as an engine that stops answering
    with pytest.raises(Unavailable):
        await relay.run_once()
    assert len(bench.delivered) == 2


async def away(row: OutboxRow) -> None:
    raise Unavailable(f"away from {row.row_id}")


@pytest.mark.parametrize(("handler", "event"), [("forgotten", Rang()), ("good", UnreadableEvent("Forgotten"))])
async def test_nobody_handles_it(bench: Bench, handler: str, event: Event) -> None:
    """An event or handler that this version does not know waits a day for one that does, then is a dead letter.

    A second day, for in the first one there may have been no server at all.
    """
    row = await bench.store(handler, event)
    for _ in range(2):
        assert await bench.outbox.dead_letters(1) == []
        bench.now = (await bench.row(row)).due_time + STRAY_AFTER - timedelta(microseconds=1)
        assert await bench.relay.run_once() == 0
        bench.now += timedelta(microseconds=1)
        assert await bench.relay.run_once() == 1
    assert [dead.row_id for dead in await bench.outbox.dead_letters(1)] == [row.row_id]
    assert (bench.reports, bench.delivered) == ([(handler, False), (handler, True)], [])


async def test_unreadable(bench: Bench) -> None:
    """An event whose fields this version does not know is tried again, as another version may read it."""
    row = await bench.store("good", UnreadableEvent("Rang", '{"times": "often"}'))
    await bench.relay.run_once()
    assert ((await bench.row(row)).attempts, bench.reports, bench.delivered) == (1, [("good", False)], [])


@pytest.mark.parametrize(
    "error", [Unavailable("away"), StorageFull("full"), ConcurrentChange("busy"), TimeoutError()], ids=repr
)
async def test_waits_for_engines(bench: Bench, error: Exception) -> None:
    """However long an engine is away, its events wait, are tried every ten minutes, and each failure is reported."""
    engine_error: Exception | None = error

    async def handle(event: Rang, row_id: UUID) -> None:
        if engine_error is not None:
            raise engine_error
        await bench.good(event, row_id)

    row, waits = await bench.store("good"), []
    relay = bench.relay_with({"good": handle})
    for _ in range(5 * MAX_ATTEMPTS):
        await relay.run_once()
        waits.append((await bench.row(row)).due_time - bench.now)
        bench.now = (await bench.row(row)).due_time
    assert waits[:3] == [timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4)]
    assert set(waits[MAX_ATTEMPTS:]) == {MAX_BACK_OFF}
    assert bench.reports == [("good", False)] * len(waits)
    engine_error = ValueError("not quite back")
    await relay.run_once()
    bench.now = (await bench.row(row)).due_time
    engine_error = None
    await relay.run_once()
    assert (bench.delivered, await bench.outbox.dead_letters(1)) == ([Rang()], [])


async def test_a_handler_that_takes_too_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler is ended well within its row's lease, and its event waits as for an engine that is away."""

    async def hang(_: Rang, __: UUID) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(relay_module, "LEASE", timedelta(milliseconds=1))
    row = await bench.store("hang", attempts=MAX_ATTEMPTS - 1)
    await bench.relay_with({"hang": hang}).run_once()
    assert (await bench.row(row)).error == "TimeoutError: "
    assert bench.reports == [("hang", False)]


async def test_goes_on_at_once(bench: Bench) -> None:
    """What a delivery makes due is delivered without a pause."""
    last = asyncio.Event()

    async def handle(event: Rang, _: UUID) -> None:
        if event.times:
            await bench.store("count", Rang(event.times - 1))
        else:
            last.set()

    await bench.store("count", Rang(5))
    task = asyncio.create_task(bench.relay_with({"count": handle}).run(poll=timedelta(days=1)))
    async with asyncio.timeout(10):
        await last.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("error", [Unavailable("away"), StorageFull("full"), ConcurrentChange("busy")])
async def test_engine_away(bench: Bench, error: Exception) -> None:
    """While the engine is away the relay waits, and goes on when it is back; it ends when cancelled."""
    asked, everything = asyncio.Event(), asyncio.Event()

    class Away(SqliteOutbox):
        async def lease(
            self, subscriptions: Subscriptions, *, limit: int, now: datetime, leased_until: datetime
        ) -> list[OutboxRow]:
            if not asked.is_set():
                asked.set()
                raise error
            return await super().lease(subscriptions, limit=limit, now=now, leased_until=leased_until)

    async def deliver(event: Rang, row_id: UUID) -> None:
        await bench.good(event, row_id)
        if len(bench.delivered) > BATCH:
            everything.set()

    for _ in range(BATCH + 1):
        await bench.store("good")
    relay = Relay(Away(bench.database, CODEC), {Rang: {"good": deliver}}, lambda: bench.now, bench.report)
    task = asyncio.create_task(relay.run(poll=timedelta(0)))
    await everything.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
