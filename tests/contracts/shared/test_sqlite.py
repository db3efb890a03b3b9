"""What only SQLite can get wrong: crashes, other processes, a full disk."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from databases import opened
from emo_grpc.shared.adapters.sqlite import database as sqlite
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.domain.errors import ConcurrentChange, StorageFull, Unavailable
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, UnreadableEvent

from .cancelled import write_and_cancel_twice
from .notes import NOW, SCHEMAS, SUBSCRIPTIONS, Note, engine_on, notes_database, read, sqlite_engine, text_of


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with opened(notes_database(tmp_path)) as made:
        yield made


@pytest.fixture(params=["file", "memory"])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> SqliteDatabase:
    """In a file, and in memory; not opened yet."""
    return notes_database(tmp_path) if request.param == "file" else InMemorySqliteDatabase(SCHEMAS)


@pytest.fixture
async def either(closed: SqliteDatabase) -> AsyncIterator[SqliteDatabase]:
    """In a file, and in memory."""
    async with opened(closed):
        yield closed


def note(text: str = "x") -> Note:
    return Note(note_id=uuid4(), text=text)


async def texts_in(folder: Path, *ids: UUID) -> list[str | None]:
    """What a new process would find in a folder."""
    async with sqlite_engine(folder) as engine, engine.unit() as unit:
        return [await unit.notes.read(note_id) for note_id in ids]


async def test_crash(tmp_path: Path, database: SqliteDatabase) -> None:
    """Files as a crash leaves them hold what was committed, and nothing of what was not."""
    engine, kept, lost = engine_on(database), note("kept"), note("lost")
    async with engine.unit() as unit:
        await unit.notes.write(kept)
        await unit.commit()
    async with engine.unit() as unit:
        await unit.notes.write(lost)
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for file in tmp_path.glob("notes.sqlite3*"):
            shutil.copy(file, crashed)
    assert await texts_in(crashed, kept.note_id, lost.note_id) == ["kept", None]


async def test_empties_the_wal(tmp_path: Path, database: SqliteDatabase) -> None:
    """All of it goes into the file; what reads an old state stops that for now, and neither loses anything."""
    engine, wal = engine_on(database), tmp_path / "notes.sqlite3-wal"

    async def write(text: str) -> UUID:
        async with engine.unit() as unit:
            await unit.notes.write(written := note(text))
            await unit.commit()
            return written.note_id

    first = await write("first")
    with closing(sqlite3.connect(tmp_path / "notes.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        second = await write("second")
        assert not await database.empty_wal()
        assert wal.stat().st_size > 0
    assert await database.empty_wal()
    assert wal.stat().st_size == 0
    third = await write("third")
    assert await texts_in(tmp_path, first, second, third) == ["first", "second", "third"]


async def test_killed_process(tmp_path: Path, database: SqliteDatabase) -> None:
    """A process killed inside its transaction leaves nothing of it, and its lock is free at once."""
    path = tmp_path / "notes.sqlite3"
    script = (
        "import sqlite3, sys, time\n"
        f"c = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE'); c.execute(\"INSERT INTO notes VALUES ('a', 'b')\")\n"
        "print('in', flush=True); time.sleep(60)\n"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert other.stdout is not None
    await other.stdout.readline()
    other.kill()
    await other.wait()
    async with engine_on(database).unit() as unit:
        await unit.notes.write(note())
        await unit.commit()
    assert await database.read(lambda connection: connection.execute("SELECT count(*) FROM notes").fetchone()) == (1,)


async def test_every_connection_syncs_its_commits(database: SqliteDatabase) -> None:
    """`synchronous` is FULL (2) for whoever writes, and for readers too: any of them may run a checkpoint."""

    def synchronous(connection: sqlite3.Connection) -> int:
        found: int = connection.execute("PRAGMA synchronous").fetchone()[0]
        return found

    answers = [await database.run_on_writer(synchronous), await database.look_up(synchronous)]
    answers += await asyncio.gather(*(database.read(synchronous) for _ in range(8)))
    assert set(answers) == {2}


async def test_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process writes for too long a unit raises ConcurrentChange, and works again afterwards."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 20)
    async with sqlite_engine(tmp_path) as engine:
        other = sqlite3.connect(tmp_path / "notes.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConcurrentChange):
            async with engine.unit() as unit:
                await unit.notes.read(uuid4())
        other.rollback()
        other.close()
        async with engine.unit() as unit:
            await unit.notes.write(note())
            await unit.commit()


async def test_two_processes(tmp_path: Path) -> None:
    """Two databases on one file neither lose nor double anything."""
    async with sqlite_engine(tmp_path) as one, sqlite_engine(tmp_path) as other:
        notes = [note(str(n)) for n in range(20)]

        async def write(index: int) -> None:
            async with (one, other)[index % 2].unit() as unit:
                await unit.notes.write(notes[index])
                await unit.commit()

        await asyncio.gather(*(write(index) for index in range(20)))
    assert await texts_in(tmp_path, *(made.note_id for made in notes)) == [made.text for made in notes]


async def test_full(either: SqliteDatabase) -> None:
    """A full disk is StorageFull; the unit that met it can't go on, and is undone as a whole."""
    await either.run_on_writer(lambda connection: connection.execute("PRAGMA max_page_count = 30"))
    engine, small = engine_on(either), note("small")
    with pytest.raises(Unavailable):
        async with engine.unit() as unit:
            await unit.notes.write(small)
            with pytest.raises(StorageFull):
                await unit.notes.write(note("x" * 1_000_000))
            await either.run_on_writer(lambda connection: connection.rollback())  # as SQLite may do by itself
            await unit.notes.write(note("after"))
    assert await either.read(lambda connection: connection.execute("SELECT count(*) FROM notes").fetchone()) == (0,)


async def test_after_the_end(either: SqliteDatabase) -> None:
    """A repository that outlives its unit can't write into the next one's transaction."""
    engine = engine_on(either)
    async with engine.unit() as unit:
        late = unit.notes
    async with engine.unit():
        with pytest.raises(RuntimeError, match="over"):
            await late.write(note())


async def test_undone_even_if_cancelled_twice(either: SqliteDatabase) -> None:
    """A unit whose undoing is itself cancelled is undone all the same, before the next one begins."""
    lost, engine = note(), engine_on(either)
    await write_and_cancel_twice(engine, lost)
    assert await read(engine, lost.note_id) is None


async def test_reads_see_one_snapshot(database: SqliteDatabase) -> None:
    """All statements of one query see the same state, whatever is committed between them."""
    added, loop = note(), asyncio.get_running_loop()

    async def write() -> None:
        async with engine_on(database).unit() as unit:
            await unit.notes.write(added)
            await unit.commit()

    def query(connection: sqlite3.Connection) -> tuple[str | None, str | None]:
        before = text_of(connection, added.note_id)
        asyncio.run_coroutine_threadsafe(write(), loop).result(10)
        return before, text_of(connection, added.note_id)

    assert await database.read(query) == (None, None)
    assert await database.read(lambda connection: text_of(connection, added.note_id)) == "x"


async def test_readers_can_not_write(either: SqliteDatabase) -> None:
    """A query that tries to write is refused."""
    with pytest.raises(Unavailable):
        await either.read(lambda connection: connection.execute("DELETE FROM notes"))


async def test_closed(closed: SqliteDatabase) -> None:
    """A closed database says so instead of writing."""
    with pytest.raises(Unavailable):
        async with engine_on(closed).unit() as unit:
            await unit.notes.read(uuid4())
    await closed.open()
    await closed.close()


async def test_not_a_database(tmp_path: Path) -> None:
    """A file that is something else is Unavailable, not a stack trace of SQLite's."""
    (tmp_path / "notes.sqlite3").write_bytes(b"something else" * 1000)
    made = notes_database(tmp_path)
    with pytest.raises(Unavailable):
        await made.open()
    await made.close()


async def test_unreadable_event(either: SqliteDatabase) -> None:
    """An event of a type that this version does not know comes as such, and holds up no other row."""
    engine = engine_on(either)
    insert = (
        "INSERT INTO outbox (row_id, handler, event_type, event, due_time) VALUES (?, 'first', 'Forgotten', '{}', ?)"
    )
    await either.run_on_writer(lambda connection: connection.execute(insert, (str(uuid4()), NOW.isoformat())))
    (row,) = await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW + STRAY_AFTER, leased_until=NOW)
    assert row.event == UnreadableEvent("Forgotten", "{}")
    await engine.outbox.bury(row, error="unknown")
    assert [dead.event for dead in await engine.outbox.dead_letters(10)] == [UnreadableEvent("Forgotten", "{}")]
