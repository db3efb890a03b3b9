"""What only MongoDB can get wrong: other replicas, cancelled and failing commits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

import pymongo
import pytest

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.errors import ConcurrentChange, StorageFull, Unavailable
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, UnreadableEvent
from mongo_plans import plans
from mongod import empty_database
from waiting import until_answered

from .cancelled import write_and_cancel_twice
from .notes import COLLECTIONS, NOW, SUBSCRIPTIONS, Engine, Note, mongo_engine_on, note, opened_mongo, read, write


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_notes", COLLECTIONS) as made:
        yield made


@pytest.fixture
async def replicas(mongod_url: str, database: MongoDatabase) -> AsyncIterator[tuple[Engine, Engine]]:
    """Two processes' engines on the same database."""
    async with opened_mongo(mongod_url) as other:
        yield mongo_engine_on(database), mongo_engine_on(other)


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
        *(
            replica.outbox.lease(SUBSCRIPTIONS, limit=20, now=NOW, leased_until=NOW.replace(year=2027))
            for replica in replicas * 4
        )
    )
    ids = [row.row_id for rows in leases for row in rows]
    assert len(ids) == len(set(ids)) == 100


async def test_lease_uses_an_index(database: MongoDatabase) -> None:
    """Neither leases nor dead letters walk through the outbox or sort it."""
    engine = mongo_engine_on(database)
    await write(engine, *(note() for _ in range(20)))
    async with plans(database) as found:
        rows = await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW, leased_until=NOW)
        await engine.outbox.bury(rows[0], error="hopeless")
        await engine.outbox.dead_letters(10)
    assert len(found) > 3
    assert all(stages and not stages & {"COLLSCAN", "SORT"} for stages in found.values()), found


async def test_unreadable_event(database: MongoDatabase) -> None:
    """An event of a type that this version does not know comes as such, and holds up no other row."""
    engine = mongo_engine_on(database)
    await write(engine, note())
    await database.collection("outbox").update_many({}, {"$set": {"event_type": "Forgotten"}})
    rows = await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW + STRAY_AFTER, leased_until=NOW)
    assert [type(row.event) for row in rows] == [UnreadableEvent] * 2


async def test_after_the_end(database: MongoDatabase) -> None:
    """A repository that outlives its unit can't write any more."""
    async with mongo_engine_on(database).unit() as unit:
        late = unit.notes
    with pytest.raises(RuntimeError, match="over"):
        await late.write(note())


async def written(engine: Engine, wanted: Note) -> None:
    """Write it as soon as nobody is in the way."""

    async def is_free() -> bool:
        with suppress(ConcurrentChange):
            await write(engine, wanted)
            return True
        return False

    await until_answered(is_free)


async def test_undone_even_if_cancelled_twice(database: MongoDatabase) -> None:
    """A unit whose undoing is itself cancelled is undone all the same."""
    lost, engine = note(), mongo_engine_on(database)
    await write_and_cancel_twice(engine, lost)
    await written(engine, Note(note_id=lost.note_id, text="after"))
    assert await read(engine, lost.note_id) == "after"


@contextmanager
def failing(url: str, command: str, times: int = 1, **failure: object) -> Iterator[Callable[[], None]]:
    """Have the server fail a command so many times, in its own way; gives what waits until it has begun to."""
    with pymongo.MongoClient[Document](url) as client:
        data = {"failCommands": [command], **failure}
        before = client.admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)["count"]

        def begun() -> None:
            client.admin.command("waitForFailPoint", "failCommand", timesEntered=before + 1, maxTimeMS=10_000)

        try:
            yield begun
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
    assert len(await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW, leased_until=NOW)) == 2


async def test_cancelled_in_its_commit(database: MongoDatabase, mongod_url: str) -> None:
    """A unit cancelled while the server commits it ends when the outcome is there for all to see."""
    kept, engine = note(), mongo_engine_on(database)
    with failing(mongod_url, "commitTransaction", blockConnection=True, blockTimeMS=300) as begun:
        task = asyncio.create_task(write(engine, kept))
        await asyncio.to_thread(begun)
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
