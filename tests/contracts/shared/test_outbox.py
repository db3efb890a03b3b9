"""The contract of the outbox."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, Backlog, OutboxRow, Subscriptions, UnreadableEvent

from .notes import NOW, SUBSCRIPTIONS, Engine, Note, NoteWritten

LEASE = timedelta(seconds=30)
MINE: Subscriptions = {NoteWritten: ("first",)}


async def write(engine: Engine, *texts: str) -> None:
    async with engine.unit() as unit:
        for text in texts:
            note = Note(note_id=uuid4(), text=text)
            note.record(NoteWritten(note_id=note.note_id, text=text))
            await unit.notes.write(note)
        await unit.commit()


async def lease(engine: Engine, *, limit: int = 100, after: timedelta = timedelta(0)) -> list[OutboxRow]:
    now = NOW + after
    return await engine.outbox.lease(SUBSCRIPTIONS, limit=limit, now=now, leased_until=now + LEASE)


async def test_one_row_for_each_handler(engine: Engine) -> None:
    """An event is stored once for each of its handlers, as it was, due at once."""
    await write(engine, "x")
    rows = await engine.outbox.rows(None, 10)
    assert sorted(row.handler for row in rows) == ["first", "second"]
    assert {(row.event.text, row.attempts, row.due_time) for row in rows if isinstance(row.event, NoteWritten)} == {
        ("x", 0, NOW)
    }


async def test_what_there_is_altogether(engine: Engine) -> None:
    """Rows are counted by how their deliveries went; the earliest due time is that of rows that are to be delivered."""
    assert await engine.outbox.backlog() == Backlog()
    await write(engine, "a", "b", "c")
    rows = await lease(engine)
    await engine.outbox.bury(rows[0], error="x")
    await engine.outbox.postpone(rows[1], due_time=NOW - LEASE, attempts=1, error="x")
    assert await engine.outbox.backlog() == Backlog(waiting=4, failing=1, dead=1, earliest_due_time=NOW - LEASE)
    await engine.outbox.bury(replace(rows[1], due_time=NOW - LEASE), error="x")
    assert await engine.outbox.backlog() == Backlog(waiting=4, dead=2, earliest_due_time=NOW + LEASE)
    for row in rows[2:]:
        await engine.outbox.done(row)
    assert await engine.outbox.backlog() == Backlog(dead=2)


async def test_an_event_may_be_due_later(engine: Engine) -> None:
    """One recorded with a due time is stored at once, and leased from that time on: whole and split seconds alike."""
    later, soon = Note(note_id=uuid4(), text="later"), Note(note_id=uuid4(), text="soon")
    due = {"later": NOW + timedelta(hours=1), "soon": NOW + timedelta(milliseconds=1500)}
    async with engine.unit() as unit:
        for note in (later, soon):
            note.record(NoteWritten(note_id=note.note_id, text=note.text), due_time=due[note.text])
            await unit.notes.write(note)
        await unit.commit()
    stored = [(row.event, row.due_time) for row in await engine.outbox.rows(None, 10)]
    assert sorted((event.text, time) for event, time in stored if isinstance(event, NoteWritten)) == [
        ("later", due["later"]), ("later", due["later"]), ("soon", due["soon"]), ("soon", due["soon"])
    ]  # fmt: skip
    for after, texts in [(timedelta(seconds=1), []), (timedelta(milliseconds=1500), ["soon"] * 2)]:
        rows = await lease(engine, after=after)
        assert [row.event.text for row in rows if isinstance(row.event, NoteWritten)] == texts
        for row in rows:
            await engine.outbox.done(row)
    assert await lease(engine, after=timedelta(hours=1) - timedelta(microseconds=1)) == []
    assert len(await lease(engine, after=timedelta(hours=1))) == 2


async def test_lease_is_exclusive(engine: Engine) -> None:
    """What one relay took, no other takes before the lease is over, also when both ask at once."""
    await write(engine, *(str(n) for n in range(10)))
    taken = await asyncio.gather(*(lease(engine, limit=7) for _ in range(5)))
    ids = [row.row_id for rows in taken for row in rows]
    assert len(ids) == len(set(ids)) == 20
    assert await lease(engine, after=LEASE - timedelta(microseconds=1)) == []


async def test_lease_comes_back(engine: Engine) -> None:
    """A row whose relay vanished comes back when the lease is over, with no attempt counted."""
    await write(engine, "x")
    first = await lease(engine)
    again = await lease(engine, after=LEASE)
    assert {row.row_id for row in again} == {row.row_id for row in first}
    assert {row.attempts for row in again} == {0}


async def test_done_is_gone(engine: Engine) -> None:
    """A delivered row never comes back, and its sister for another handler does."""
    await write(engine, "x")
    one, other = await lease(engine)
    await engine.outbox.done(one)
    assert [row.row_id for row in await lease(engine, after=LEASE)] == [other.row_id]


async def test_a_lost_lease_changes_nothing(engine: Engine) -> None:
    """A relay that wakes up after its lease finds what another one leased, postponed or buried as that one left it."""
    await write(engine, "x")
    leased = await engine.outbox.lease(SUBSCRIPTIONS, limit=2, now=NOW, leased_until=NOW + LEASE)
    one, other = await lease(engine, after=LEASE)
    await _finish(engine, leased)
    await engine.outbox.postpone(other, due_time=NOW + 3 * LEASE, attempts=1, error="theirs")
    await _finish(engine, leased)
    await engine.outbox.bury(one, error="theirs")
    await _finish(engine, [*leased, one, other])
    stored = {row.row_id: row for row in await engine.outbox.rows(None, 10)}
    assert stored == {
        one.row_id: replace(one, attempts=1, error="theirs", is_dead=True),
        other.row_id: replace(other, attempts=1, error="theirs", due_time=NOW + 3 * LEASE),
    }


async def _finish(engine: Engine, rows: list[OutboxRow]) -> None:
    for row in rows:
        await engine.outbox.postpone(row, due_time=NOW, attempts=9, error="late")
        await engine.outbox.bury(row, error="late")
        await engine.outbox.done(row)


async def test_postpone(engine: Engine) -> None:
    """A failed delivery is noted with its error, and comes back when it is due and not before."""
    await write(engine, "x")
    one, other = await lease(engine)
    await engine.outbox.done(other)
    await engine.outbox.postpone(one, due_time=NOW + timedelta(seconds=2), attempts=5, error="broken")
    assert await lease(engine, after=timedelta(seconds=1)) == []
    (again,) = await lease(engine, after=timedelta(seconds=2))
    assert (again.row_id, again.attempts, again.error) == (one.row_id, 5, "broken")


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        ("second", NoteWritten(note_id=uuid4(), text="x")),
        ("third", NoteWritten(note_id=uuid4(), text="x")),
        ("first", UnreadableEvent("NoteBurnt", "{}")),
    ],
)
async def test_leaves_to_others_what_is_theirs(engine: Engine, handler: str, event: Event) -> None:
    """A row of a handler or of a type of event that the relay does not know is left to others, for a day."""
    theirs = OutboxRow(uuid4(), handler, event, NOW)
    assert await engine.outbox.import_row(theirs)
    until = NOW + STRAY_AFTER + LEASE
    last = NOW + STRAY_AFTER - timedelta(microseconds=1)
    assert await engine.outbox.lease(MINE, limit=10, now=last, leased_until=until) == []
    (stray,) = await engine.outbox.lease(MINE, limit=10, now=NOW + STRAY_AFTER, leased_until=until)
    assert stray == replace(theirs, due_time=until)


async def test_what_is_left_to_others_is_in_nobodys_way(engine: Engine) -> None:
    """Rows that are left to others keep nobody from those after them, such as one of its own that it can't read."""
    for _ in range(5):
        await engine.outbox.import_row(OutboxRow(uuid4(), "third", NoteWritten(note_id=uuid4(), text="x"), NOW))
    mine = OutboxRow(uuid4(), "first", UnreadableEvent("NoteWritten", "{}"), NOW + timedelta(seconds=1))
    await engine.outbox.import_row(mine)
    leased = await engine.outbox.lease(MINE, limit=1, now=mine.due_time, leased_until=NOW + LEASE)
    assert leased == [replace(mine, due_time=NOW + LEASE)]


async def test_oldest_first(engine: Engine) -> None:
    """Rows come in the order in which they are due, also those with fractions of a second."""
    await write(engine, "a", "b")
    rows = await lease(engine)
    delays = [timedelta(seconds=3), timedelta(seconds=1), timedelta(seconds=1.5), timedelta(seconds=2)]
    for row, delay in zip(rows, delays, strict=True):
        await engine.outbox.postpone(row, due_time=NOW + delay, attempts=1, error="")
    expected = [rows[1].row_id, rows[2].row_id, rows[3].row_id, rows[0].row_id]
    first = await lease(engine, limit=2, after=timedelta(minutes=1))
    rest = await lease(engine, limit=2, after=timedelta(minutes=1))
    assert [row.row_id for row in first + rest] == expected


async def test_dead_letters_are_dropped(engine: Engine) -> None:
    """Dead letters of a type go that died before a time, or that name something, a batch at a time, and no others."""
    await write(engine, "of ana", "of bob")
    for row in await lease(engine):
        await engine.outbox.bury(row, error="hopeless")
    await write(engine, "of ana")
    mine = ["NoteWritten"]
    assert await engine.outbox.drop_dead(["Another"], naming="ana", limit=9) == 0
    assert await engine.outbox.drop_dead(mine, naming=".*ana", limit=9) == 0
    assert [await engine.outbox.drop_dead(mine, naming="ana", limit=1) for _ in range(3)] == [1, 1, 0]
    assert await engine.outbox.drop_dead(mine, before=NOW + LEASE, limit=9) == 0
    after = NOW + LEASE + timedelta(seconds=1)
    assert await engine.outbox.drop_dead(["Another"], before=after, limit=9) == 0
    assert await engine.outbox.drop_dead(mine, before=after, limit=9) == 2
    left = await engine.outbox.rows(None, 9)
    assert [(row.is_dead, row.event.text) for row in left if isinstance(row.event, NoteWritten)] == [
        (False, "of ana"), (False, "of ana")
    ]  # fmt: skip


async def test_bury_and_revive(engine: Engine) -> None:
    """A dead letter is kept and not delivered; revived it is due at once, as if it were new."""
    await write(engine, "x")
    one, other = await lease(engine)
    await engine.outbox.done(other)
    await engine.outbox.bury(one, error="hopeless")
    assert await lease(engine, after=timedelta(days=365)) == []
    (dead,) = await engine.outbox.dead_letters(10)
    assert (dead.row_id, dead.event, dead.attempts, dead.error) == (one.row_id, one.event, 1, "hopeless")
    assert await engine.outbox.dead_letters(0) == []
    assert await engine.outbox.revive(one.row_id, now=NOW)
    assert await engine.outbox.dead_letters(10) == []
    assert [(row.row_id, row.attempts) for row in await lease(engine)] == [(one.row_id, 0)]


async def test_waiting(engine: Engine) -> None:
    """All but dead letters are listed in the order in which they are due, also leased ones; any is revived early."""
    await write(engine, "x", "y")
    dead, soon, later, leased = await lease(engine)
    await engine.outbox.bury(dead, error="hopeless")
    await engine.outbox.postpone(soon, due_time=NOW + timedelta(seconds=1), attempts=1, error="broken")
    await engine.outbox.postpone(later, due_time=NOW + timedelta(minutes=1), attempts=2, error="broken")
    assert [row.row_id for row in await engine.outbox.waiting(10)] == [soon.row_id, leased.row_id, later.row_id]
    assert [row.row_id for row in await engine.outbox.waiting(1)] == [soon.row_id]
    assert await engine.outbox.waiting(0) == []
    assert await engine.outbox.revive(later.row_id, now=NOW)
    first = (await engine.outbox.waiting(10))[0]
    assert (first.row_id, first.due_time, first.attempts) == (later.row_id, NOW, 0)


async def test_drop(engine: Engine) -> None:
    """What is dropped is delivered to nobody, dead letter or not, and the row's sister goes on."""
    await write(engine, "x", "y")
    dead, waiting, *_ = await lease(engine)
    await engine.outbox.bury(dead, error="hopeless")
    for row in (dead, waiting):
        assert await engine.outbox.drop(row.row_id)
        assert not await engine.outbox.drop(row.row_id)
    left = {row.row_id for row in await engine.outbox.rows(None, 10)}
    assert len(left) == 2
    assert left.isdisjoint({dead.row_id, waiting.row_id})


async def test_unknown_rows_are_ignored(engine: Engine) -> None:
    """Rows that somebody else finished meanwhile are no error."""
    unknown = OutboxRow(uuid4(), "first", NoteWritten(note_id=uuid4(), text="x"), NOW)
    await engine.outbox.done(unknown)
    await engine.outbox.postpone(unknown, due_time=NOW, attempts=1, error="")
    await engine.outbox.bury(unknown, error="")
    assert await engine.outbox.rows(None, 10) == []
    assert not await engine.outbox.revive(uuid4(), now=NOW)


async def test_all_rows(engine: Engine) -> None:
    """Rows are walked through in order of their ids, a page at a time: leased ones too, and dead letters as such."""
    await write(engine, "a", "b")
    rows = sorted(await lease(engine), key=lambda row: row.row_id)
    await engine.outbox.bury(rows[1], error="broken")
    first = await engine.outbox.rows(None, 3)
    rest = await engine.outbox.rows(first[-1].row_id, 3)
    assert [row.row_id for row in first + rest] == [row.row_id for row in rows]
    assert [row.is_dead for row in first + rest] == [False, True, False, False]
    assert await engine.outbox.rows(None, 0) == await engine.outbox.rows(rest[-1].row_id, 3) == []


@pytest.mark.parametrize("event", [NoteWritten(note_id=uuid4(), text="x"), UnreadableEvent("Forgotten", '{"x":1}')])
@pytest.mark.parametrize("is_dead", [False, True])
async def test_rows_of_another_outbox(engine: Engine, event: Event, is_dead: bool) -> None:
    """A row is taken in once and as it was, also a dead letter, and one whose event can't be read."""
    row = OutboxRow(uuid4(), "first", event, NOW, attempts=3, error="broken", is_dead=is_dead)
    assert await engine.outbox.import_row(row)
    assert not await engine.outbox.import_row(replace(row, attempts=0))
    assert await engine.outbox.rows(None, 10) == [row]
    assert [found.row_id for found in await lease(engine, after=STRAY_AFTER)] == ([] if is_dead else [row.row_id])
    assert await engine.outbox.dead_letters(10) == ([row] if is_dead else [])
