"""What only MongoDB can get wrong: other replicas, crashes, a server that is away, one that can't be used."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pymongo
import pytest

from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters import mongo
from emo_grpc.shared.adapters.mongo import Document, MongoDatabase
from emo_grpc.shared.domain.errors import ConcurrentChange, StorageFull, Unavailable
from emo_grpc.shared.service_layer.outbox import UnreadableEvent
from mongo_plans import plans
from mongod import Mongod, empty_database, running_mongod

from .notes import COLLECTIONS, NOW, Engine, Note, NoteWritten, mongo_engine_on

LONG = 20
"""Seconds after which a test gives up on something that should have ended by itself."""


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_notes", COLLECTIONS) as made:
        yield made


@pytest.fixture
async def replicas(mongod_url: str, database: MongoDatabase) -> AsyncIterator[tuple[Engine, Engine]]:
    """Two processes' engines on the same database."""
    async with opened(mongod_url) as other:
        yield mongo_engine_on(database), mongo_engine_on(other)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[MongoDatabase]:
    made = MongoDatabase(url, "emo_notes")
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def note(text: str = "x") -> Note:
    made = Note(note_id=uuid4(), text=text)
    made.record(NoteWritten(note_id=made.note_id, text=text))
    return made


async def write(engine: Engine, *notes: Note) -> None:
    async with engine.unit() as unit:
        for each in notes:
            await unit.notes.write(each)
        await unit.commit()


async def read(engine: Engine, note_id: UUID) -> str | None:
    async with engine.unit() as unit:
        return await unit.notes.read(note_id)


async def test_one_of_two_units_wins(replicas: tuple[Engine, Engine]) -> None:
    """Of two replicas that write the same thing at once one wins, and the other one's unit leaves nothing."""
    contested, aside = note("first"), note()
    one, other = replicas
    async with one.unit() as first, other.unit() as second:
        await second.notes.write(aside)
        await first.notes.write(contested)
        with pytest.raises(ConcurrentChange):
            await second.notes.write(Note(note_id=contested.note_id, text="second"))
        with pytest.raises(ConcurrentChange):
            await second.commit()
        await first.commit()
    assert await read(other, contested.note_id) == "first"
    assert await read(other, aside.note_id) is None


async def test_unit_sees_one_snapshot(replicas: tuple[Engine, Engine]) -> None:
    """A unit sees the state of its first read to its end, whatever is committed meanwhile."""
    added = note()
    async with replicas[0].unit() as unit:
        assert await unit.notes.read(added.note_id) is None
        await write(replicas[1], added)
        assert await unit.notes.read(added.note_id) is None
    assert await read(replicas[0], added.note_id) == "x"


async def test_relays_share_the_rows(replicas: tuple[Engine, Engine]) -> None:
    """Relays of two replicas that ask at once get different rows, and together all of them."""
    await write(replicas[0], *(note(str(number)) for number in range(50)))
    leases = await asyncio.gather(
        *(replica.outbox.lease(limit=20, now=NOW, leased_until=NOW.replace(year=2027)) for replica in replicas * 4)
    )
    ids = [row.row_id for rows in leases for row in rows]
    assert len(ids) == len(set(ids)) == 100


async def test_lease_uses_an_index(database: MongoDatabase) -> None:
    """Neither leases nor dead letters walk through the outbox or sort it."""
    engine = mongo_engine_on(database)
    await write(engine, *(note() for _ in range(20)))
    async with plans(database) as found:
        rows = await engine.outbox.lease(limit=10, now=NOW, leased_until=NOW)
        await engine.outbox.bury(rows[0].row_id, error="hopeless")
        await engine.outbox.dead_letters(10)
    assert len(found) > 3
    assert all(stages and not stages & {"COLLSCAN", "SORT"} for stages in found.values()), found


async def test_unreadable_event(database: MongoDatabase) -> None:
    """An event of a type that this version does not know comes as such, and holds up no other row."""
    engine = mongo_engine_on(database)
    await write(engine, note())
    await database.collection("outbox").update_many({}, {"$set": {"event_type": "Forgotten"}})
    rows = await engine.outbox.lease(limit=10, now=NOW, leased_until=NOW)
    assert [row.event for row in rows] == [UnreadableEvent("Forgotten")] * 2


async def test_after_the_end(database: MongoDatabase) -> None:
    """A repository that outlives its unit can't write any more."""
    async with mongo_engine_on(database).unit() as unit:
        late = unit.notes
    with pytest.raises(RuntimeError, match="over"):
        await late.write(note())


async def test_undone_even_if_cancelled_twice(database: MongoDatabase) -> None:
    """A unit whose undoing is itself cancelled is undone all the same."""
    lost, engine = note(), mongo_engine_on(database)

    async def fail() -> None:
        async with engine.unit() as unit:
            await unit.notes.write(lost)
            await asyncio.sleep(LONG)

    task = asyncio.create_task(fail())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(LONG):
        while True:  # until the document is free again
            try:
                await write(engine, Note(note_id=lost.note_id, text="after"))
                break
            except ConcurrentChange:
                await asyncio.sleep(0.01)
    assert await read(engine, lost.note_id) == "after"


@contextmanager
def failing(url: str, command: str, times: int = 1, **failure: object) -> Iterator[None]:
    """Have the server fail a command so many times, in its own way."""
    with pymongo.MongoClient[Document](url) as client:
        data = {"failCommands": [command], **failure}
        client.admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)
        try:
            yield
        finally:
            client.admin.command("configureFailPoint", "failCommand", mode="off")


UNKNOWN = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
TRANSIENT = {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}


@pytest.mark.parametrize(("times", "failure"), [(1, {"closeConnection": True}), (2, UNKNOWN)], ids=["network", "slow"])
async def test_commit_again(database: MongoDatabase, mongod_url: str, times: int, failure: Document) -> None:
    """A commit whose outcome is not known is sent again, and is there once."""
    kept, engine = note(), mongo_engine_on(database)
    with failing(mongod_url, "commitTransaction", times, **failure):
        await write(engine, kept)
    assert await read(engine, kept.note_id) == "x"
    assert len(await engine.outbox.lease(limit=10, now=NOW, leased_until=NOW)) == 2


async def test_cancelled_in_its_commit(database: MongoDatabase, mongod_url: str) -> None:
    """A unit cancelled while the server commits it ends when the outcome is there for all to see."""
    kept, engine = note(), mongo_engine_on(database)
    with failing(mongod_url, "commitTransaction", blockConnection=True, blockTimeMS=300):
        task = asyncio.create_task(write(engine, kept))
        await asyncio.sleep(0.15)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await read(engine, kept.note_id) == "x"


FAILURES = [
    (UNKNOWN, Unavailable),
    (TRANSIENT, ConcurrentChange),
    ({"errorCode": 112}, ConcurrentChange),
    ({"errorCode": 14031}, StorageFull),
    ({"errorCode": 8000}, Unavailable),
]


@pytest.mark.parametrize(("failure", "expected"), FAILURES)
async def test_commit_fails(
    database: MongoDatabase, mongod_url: str, failure: Document, expected: type[Exception]
) -> None:
    """What goes wrong in a commit is told in our own words."""
    with failing(mongod_url, "commitTransaction", 9, **failure), pytest.raises(expected):
        await write(mongo_engine_on(database), note())


async def test_closed(mongod_url: str) -> None:
    """A closed database says so, and closing it twice is no error."""
    made = MongoDatabase(mongod_url, "emo_notes")
    with pytest.raises(Unavailable):
        await made.ping()
    await made.open()
    await made.ping()
    await made.close()
    await made.close()
    with pytest.raises(Unavailable):
        async with made.transaction():
            pass


URLS = ["nonsense", "mongodb://", "mongodb://ana:se/cret@127.0.0.1", "mongodb://ana:se:cret@127.0.0.1"]


@pytest.mark.parametrize("url", URLS)
async def test_bad_url(url: str) -> None:
    """A URL that is none is refused with what one looks like, and without the password in it."""
    with pytest.raises(CannotStart, match=r"MONGODB_URL is not like mongodb://") as caught:
        await MongoDatabase(url, "emo").open()
    assert "cret" not in str(caught.value)


async def test_bad_option() -> None:
    """An option that MongoDB's client can't use is named."""
    with pytest.raises(CannotStart, match=r"MONGODB_URL can't be used: .*multiple hosts"):
        await MongoDatabase("mongodb://127.0.0.1,127.0.0.2/?directConnection=true", "emo").open()


async def test_bad_credentials(mongod_url: str) -> None:
    """A password that MongoDB does not accept is told."""
    with pytest.raises(CannotStart, match="does not accept the user and password"):
        await MongoDatabase(mongod_url.replace("//", "//ana:secret@"), "emo").open()


async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers, opening is Unavailable after a moment and names the place."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 700)  # between two of the tries to connect, which are 500 ms apart
    async with asyncio.timeout(LONG):
        with pytest.raises(Unavailable, match=r"no primary of a MongoDB answers at 127\.0\.0\.1:9"):
            await MongoDatabase("mongodb://127.0.0.1:9", "emo").open()


async def test_standalone(tmp_path: Path) -> None:
    """A mongod without a replica set is refused with what to do about it."""
    mongod = Mongod(tmp_path)
    try:
        mongod.start()
        with pytest.raises(CannotStart, match=r"--replSet rs0 and run rs\.initiate\(\)"):
            await MongoDatabase(mongod.url, "emo").open()
    finally:
        mongod.kill()


async def test_not_initiated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member of a replica set that was never set up is refused with what is left to do."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 1000)
    mongod = Mongod(tmp_path, "--replSet", "rs0")
    try:
        mongod.start()
        for option in ("", "/?directConnection=true"):
            with pytest.raises(CannotStart, match=r"not set up: run rs\.initiate\(\)"):
                await MongoDatabase(mongod.url + option, "emo").open()
    finally:
        mongod.kill()


async def test_without_rights(tmp_path: Path) -> None:
    """A user who may not use the database is told which role is missing."""
    key = tmp_path / "key"
    key.write_text("c2VjcmV0")
    key.chmod(0o600)
    with running_mongod(tmp_path / "data", "--keyFile", str(key)) as mongod:
        with pymongo.MongoClient[Document](mongod.url) as client:
            client.admin.command("createUser", "ana", pwd="secret", roles=["read"])
        async with opened(mongod.url.replace("//", "//ana:secret@")) as database:
            with pytest.raises(CannotStart, match=r"may not use the database emo_notes: .* role readWrite"):
                await database.declare("notes")


async def test_killed_mongod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a crash of mongod what was committed stays, what was not is gone, and replicas go on by themselves."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 1000)
    with running_mongod(tmp_path / "mongod") as mongod:
        async with empty_database(mongod.url, "emo_notes", COLLECTIONS) as database:
            engine, kept, lost = mongo_engine_on(database), note("kept"), note("lost")
            await write(engine, kept)
            async with engine.unit() as unit:
                await unit.notes.write(lost)
                mongod.kill()
                with pytest.raises(Unavailable):
                    await unit.commit()
            for use in (
                write(engine, note()),
                engine.outbox.lease(limit=1, now=NOW, leased_until=NOW),
                database.ping(),
            ):
                async with asyncio.timeout(LONG):
                    with pytest.raises(Unavailable):
                        await use
            mongod.start()
            mongod.wait_for_primary()
            assert await read(engine, kept.note_id) == "kept"
            assert await read(engine, lost.note_id) is None
            assert len(await engine.outbox.lease(limit=10, now=NOW, leased_until=NOW)) == 2


async def test_frozen_mongod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mongod that takes connections and answers nothing is Unavailable after a moment."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 300)
    with running_mongod(tmp_path / "mongod") as mongod:
        async with empty_database(mongod.url, "emo_notes", COLLECTIONS) as database:
            engine, kept = mongo_engine_on(database), note()
            await write(engine, kept)
            os.kill(mongod.pid, signal.SIGSTOP)
            try:
                async with asyncio.timeout(LONG):
                    with pytest.raises(Unavailable):
                        await write(engine, note())
                    with pytest.raises(Unavailable):
                        await database.ping()
            finally:
                os.kill(mongod.pid, signal.SIGCONT)
            assert await read(engine, kept.note_id) == "x"
