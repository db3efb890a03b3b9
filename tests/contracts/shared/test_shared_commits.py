"""Units of work on a SQLite file that wait for each other become durable by one COMMIT."""

import asyncio
import gc
import sqlite3
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from emo_grpc.shared.adapters.sqlite import turns
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey

from .notes import NOW, Engine, NotesUnitOfWork, engine_on, note, notes_database, text_of, write


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, units share what they would share on a fast one."""
    monkeypatch.setattr(turns, "LONGEST_S", float("inf"))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = notes_database(tmp_path)
    await made.open()
    yield made
    async with asyncio.timeout(10):  # a unit that a failed test has left would hold it up for ever
        await made.close()


@pytest.fixture
def engine(database: SqliteDatabase) -> Engine:
    return engine_on(database)


async def seen(database: SqliteDatabase, note_id: UUID) -> str | None:
    """What a reader beside the writer finds."""
    return await database.read(lambda connection: text_of(connection, note_id))


class Held:
    """A unit that has written, and waits to be told how to end; those that begin meanwhile wait for it."""

    def __init__(self, engine: Engine) -> None:
        self.note = note("held")
        self._has_written, self._go_on = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run(engine))

    async def written(self) -> None:
        await self._has_written.wait()

    async def commit(self) -> None:
        self._go_on.set()
        await asyncio.sleep(0)

    async def _run(self, engine: Engine) -> None:
        async with engine.unit() as unit:
            await unit.notes.write(self.note)
            self._has_written.set()
            await self._go_on.wait()
            await unit.commit()


async def held(engine: Engine) -> Held:
    made = Held(engine)
    await made.written()
    return made


async def two_in_a_row(engine: Engine) -> tuple[Held, Held]:
    """The first has left its commit to the second, which has written and goes on."""
    first = await held(engine)
    second = Held(engine)
    await asyncio.sleep(0)
    await first.commit()
    await second.written()
    return first, second


async def look(engine: Engine) -> None:
    """A unit that only reads."""
    async with engine.unit() as unit:
        await unit.notes.read(uuid4())


async def loop_turns() -> None:
    """Let what is ready on the loop go as far as it comes without other threads."""
    for _ in range(20):
        await asyncio.sleep(0)


class Stopped:
    """The writer's thread stops where it begins a statement, until it is told to go on."""

    def __init__(self, statement: str) -> None:
        self._statement, self._loop = statement, asyncio.get_running_loop()
        self._is_there, self._go_on = asyncio.Event(), threading.Event()

    async def reached(self) -> None:
        async with asyncio.timeout(10):
            await self._is_there.wait()

    def go_on(self) -> None:
        self._go_on.set()

    def trace(self, statement: str) -> None:
        if statement == self._statement:
            self._loop.call_soon_threadsafe(self._is_there.set)
            self._go_on.wait(10)


async def stopped_at(database: SqliteDatabase, statement: str) -> Stopped:
    made = Stopped(statement)
    await database.run_on_writer(lambda connection: connection.set_trace_callback(made.trace))
    return made


def refuse_commits(connection: sqlite3.Connection) -> None:
    """Make each COMMIT fail, and leave the transaction open."""

    def allowed(action: int, name: str | None, *_: str | None) -> int:
        is_commit = action == sqlite3.SQLITE_TRANSACTION and name == "COMMIT"
        return sqlite3.SQLITE_DENY if is_commit else sqlite3.SQLITE_OK

    connection.set_authorizer(allowed)


async def commits_of(units: int, database: SqliteDatabase, engine: Engine) -> int:
    """How many COMMITs it takes to keep what that many units write that begin at once."""
    statements: list[str] = []
    await database.run_on_writer(lambda connection: connection.set_trace_callback(statements.append))
    notes = [note(str(number)) for number in range(units)]
    await asyncio.gather(*(write(engine, each) for each in notes))
    assert [await seen(database, each.note_id) for each in notes] == [each.text for each in notes]
    return statements.count("COMMIT")


async def test_one_commit_for_all_that_wait(database: SqliteDatabase, engine: Engine) -> None:
    """Of units that begin at once all are kept, and the disk is waited for once."""
    assert await commits_of(8, database, engine) == 1


async def test_only_so_many_share_a_commit(database: SqliteDatabase, engine: Engine) -> None:
    """However many wait, other processes are let in after so many units; those that follow share the next COMMIT."""
    assert await commits_of(2 * turns.MOST_UNITS + 1, database, engine) == 3


async def test_units_share_a_commit_only_so_long(
    database: SqliteDatabase, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it has taken too long since the first was done, the next to be done commits, though others wait."""
    monkeypatch.setattr(turns, "LONGEST_S", 0)
    assert await commits_of(8, database, engine) == 4


async def test_nobody_is_told_before_it_is_durable(database: SqliteDatabase, engine: Engine) -> None:
    """While the commit is left to a later unit, its caller waits, and no reader sees what was written."""
    first, second = await two_in_a_row(engine)
    assert await seen(database, first.note.note_id) is None
    assert not first.task.done()
    await second.commit()
    await asyncio.gather(first.task, second.task)
    assert await seen(database, first.note.note_id) == await seen(database, second.note.note_id) == "held"


async def test_who_only_read_waits_too(database: SqliteDatabase, engine: Engine) -> None:
    """A unit that has seen what is not durable yet gives no answer before it is."""
    found: list[str | None] = []

    async def look() -> None:
        async with engine.unit() as unit:
            found.append(await unit.notes.read(first.note.note_id))

    first = await held(engine)
    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    last = Held(engine)
    await asyncio.sleep(0)
    await first.commit()
    await last.written()
    assert found == ["held"]
    assert await seen(database, first.note.note_id) is None
    assert not looking.done()
    await last.commit()
    await asyncio.gather(first.task, looking, last.task)


async def test_what_is_undone_takes_nothing_of_others(database: SqliteDatabase, engine: Engine) -> None:
    """A unit that fails among others leaves nothing, and they lose nothing."""
    lost = note("lost")

    async def fail() -> None:
        async with engine.unit() as unit:
            await unit.notes.write(lost)
            raise ZeroDivisionError

    first = await held(engine)
    failing = asyncio.create_task(fail())
    await asyncio.sleep(0)
    last = Held(engine)
    await asyncio.sleep(0)
    await first.commit()
    await last.written()
    await last.commit()
    outcomes = await asyncio.gather(first.task, failing, last.task, return_exceptions=True)
    assert [type(each) for each in outcomes] == [type(None), ZeroDivisionError, type(None)]
    ids = [first.note.note_id, lost.note_id, last.note.note_id]
    assert [await seen(database, each) for each in ids] == ["held", None, "held"]


async def test_a_failed_commit_is_told_to_all(database: SqliteDatabase, engine: Engine) -> None:
    """When SQLite undoes the transaction that several share, none of them is told that it is stored."""
    first, second = await two_in_a_row(engine)
    await database.run_on_writer(lambda connection: connection.rollback())  # as SQLite does when its disk is full
    await second.commit()
    outcomes = await asyncio.gather(first.task, second.task, return_exceptions=True)
    assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
    await write(engine, after := note("after"))
    assert await seen(database, first.note.note_id) is None
    assert await seen(database, after.note_id) == "after"


async def test_nobody_goes_on_in_a_transaction_that_is_undone(database: SqliteDatabase, engine: Engine) -> None:
    """A unit that begins where SQLite has undone what it was to share can't make that look stored."""
    first, has_turn, go_on = await held(engine), asyncio.Event(), asyncio.Event()

    async def begin_late() -> None:
        async with engine.unit() as unit:
            has_turn.set()
            await go_on.wait()
            await unit.notes.write(note())
            await unit.commit()

    second = asyncio.create_task(begin_late())
    await asyncio.sleep(0)
    await first.commit()
    await has_turn.wait()
    await database.run_on_writer(lambda connection: connection.rollback())
    go_on.set()
    outcomes = await asyncio.gather(first.task, second, return_exceptions=True)
    assert [type(each) for each in outcomes] == [Unavailable, Unavailable]


@pytest.mark.parametrize("who", [0, 1])
async def test_who_is_cancelled_holds_nobody_up(database: SqliteDatabase, engine: Engine, who: int) -> None:
    """Cancelled while it waits for the shared commit, or before its own: others are told, and the file is free."""
    both = await two_in_a_row(engine)
    both[who].task.cancel()
    await both[1].commit()
    await asyncio.wait([each.task for each in both])
    assert both[who].task.cancelled()
    assert both[1 - who].task.exception() is None
    assert await seen(database, both[0].note.note_id) == "held"
    path = await database.read(lambda connection: connection.execute("PRAGMA database_list").fetchone()[2])
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")


async def test_who_is_cancelled_while_it_begins_leaves_nothing_open(database: SqliteDatabase, engine: Engine) -> None:
    """SQLite may begin the transaction after its unit is cancelled: that is undone, and the next unit writes."""
    beginning = await stopped_at(database, "BEGIN IMMEDIATE")
    cancelled = asyncio.create_task(write(engine, note()))
    await beginning.reached()
    cancelled.cancel()
    await loop_turns()
    beginning.go_on()
    await asyncio.wait([cancelled])
    await write(engine, after := note("after"))
    assert await seen(database, after.note_id) == "after"


async def test_a_commit_that_fails_is_undone(database: SqliteDatabase, engine: Engine) -> None:
    """When the shared COMMIT itself fails, the writer is free for the next unit, and nothing is stored."""
    first, second = await two_in_a_row(engine)
    await database.run_on_writer(refuse_commits)
    second.task.cancel()
    outcomes = await asyncio.gather(first.task, second.task, return_exceptions=True)
    assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
    await database.run_on_writer(lambda connection: connection.set_authorizer(None))
    await write(engine, after := note("after"))
    assert await seen(database, first.note.note_id) is None
    assert await seen(database, after.note_id) == "after"


@pytest.mark.parametrize("one_reads", [False, True])
async def test_a_failed_commit_that_nobody_waits_for_is_no_stray_error(
    database: SqliteDatabase, engine: Engine, one_reads: bool
) -> None:
    """When all who wrote or read are cancelled and the COMMIT fails then, the loop has nothing to complain about."""
    strays: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: strays.append(context))
    has_turn = asyncio.Event()

    async def idle() -> None:
        async with engine.unit():
            has_turn.set()
            await asyncio.Event().wait()

    first = await held(engine)
    units = [first.task]
    for each in [look(engine), idle()] if one_reads else [idle()]:
        units.append(asyncio.create_task(each))
        await asyncio.sleep(0)
    await first.commit()
    await has_turn.wait()
    await database.run_on_writer(refuse_commits)
    for unit in units:
        unit.cancel()
    await asyncio.gather(*units, return_exceptions=True)
    await database.close()
    del first, unit, units  # what nobody holds any more is what asyncio complains about
    gc.collect()
    await loop_turns()
    assert strays == []


async def test_closing_waits_for_a_shared_commit(database: SqliteDatabase, engine: Engine) -> None:
    """The file is not let go of while a commit is left to others: all who were in it are told that it is stored."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))  # does one thing after the other, so that one can follow closing
    first, second = await two_in_a_row(engine)
    closing_it = asyncio.create_task(database.close())
    for _ in range(3):
        await loop_turns()
        await loop.run_in_executor(None, lambda: None)
    assert not closing_it.done()
    await second.commit()
    await asyncio.gather(first.task, second.task, closing_it)


async def test_who_is_cancelled_while_it_commits_for_others_holds_nobody_up(
    database: SqliteDatabase, engine: Engine
) -> None:
    """Emptying the WAL commits first what is left to others, who are told also when the emptying is cancelled."""
    first = await held(engine)
    emptying = asyncio.create_task(database.empty_wal())
    await asyncio.sleep(0)
    second = Held(engine)
    await asyncio.sleep(0)
    committing = await stopped_at(database, "COMMIT")
    await first.commit()
    await committing.reached()
    emptying.cancel()
    await asyncio.wait([emptying])
    committing.go_on()
    async with asyncio.timeout(10):
        await asyncio.gather(first.task, second.commit(), second.task)
    assert await seen(database, first.note.note_id) == "held"


async def test_the_wal_is_emptied_after_a_shared_commit(database: SqliteDatabase, engine: Engine) -> None:
    """Who wants the file while a commit is left to others has that done first."""
    first, second = await two_in_a_row(engine)
    emptying = asyncio.create_task(database.empty_wal())
    second.task.cancel()
    assert await emptying
    await first.task
    assert await seen(database, first.note.note_id) == "held"


async def test_who_is_over_commits_nothing(database: SqliteDatabase, engine: Engine) -> None:
    """A transaction that has ended can't be committed again, and so never what another unit has under way."""
    async with database.transaction() as over:
        pass
    other = await held(engine)
    with pytest.raises(RuntimeError):
        await over.commit()
    assert await seen(database, other.note.note_id) is None
    await other.commit()
    await other.task
    assert await seen(database, other.note.note_id) == "held"


async def test_what_fails_later_can_not_be_left_out(engine: Engine) -> None:
    """Of a unit of which a part could not be written nothing is kept, whatever its handler makes of the error."""
    key = IdempotencyKey("scope", RequestId.new(), "fingerprint", "result", NOW)

    async def add_twice(unit: NotesUnitOfWork) -> None:
        await unit.idempotency.add(key)
        await unit.idempotency.add(key)

    with pytest.raises(ConcurrentChange):
        async with engine.unit() as unit:
            await add_twice(unit)
            with pytest.raises(ConcurrentChange):
                await unit.notes.read(uuid4())
            await unit.commit()
    async with engine.unit() as unit:
        assert await unit.idempotency.find("scope", key.request_id) is None
