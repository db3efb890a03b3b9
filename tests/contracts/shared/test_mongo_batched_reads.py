import asyncio
from collections.abc import AsyncIterator, Hashable

import pytest

from emo_grpc.shared.adapters.mongo.batched_reads import BATCH, MongoBatchedReads
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.errors import Unavailable
from mongod import empty_database
from waiting import until

THINGS = "things"


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "reads", {THINGS: []}) as opened:
        await opened.collection(THINGS).insert_many(
            [{"_id": number, "name": f"thing {number}", "secret": "hush"} for number in range(3 * BATCH)]
        )
        yield opened


async def test_each_gets_its_own(database: MongoDatabase) -> None:
    """Any number at the same moment, of the same document too, or of none, get what they asked for."""
    reads = MongoBatchedReads(database, THINGS, {"_id": False, "name": True})
    keys = [*range(3 * BATCH), 5, 5, 3 * BATCH]
    found = await asyncio.gather(*(reads.get(key) for key in keys))
    assert found == [{"_id": key, "name": f"thing {key}"} if key < 3 * BATCH else None for key in keys]


async def test_many_come_with_few_commands(database: MongoDatabase) -> None:
    """What is asked for while a command is under way comes with the next one."""
    reads = MongoBatchedReads(database, THINGS)
    before = await _queries(database)
    await asyncio.gather(*(reads.get(key) for key in range(BATCH)))
    assert await _queries(database) - before <= 3


async def _queries(database: MongoDatabase) -> int:
    status = await database.collection(THINGS).database.client.admin.command("serverStatus")
    return int(status["opcounters"]["query"])


async def test_what_was_written_before_is_read(database: MongoDatabase) -> None:
    """A look-up never gives what was read before it was asked for, however many others are under way."""
    reads = MongoBatchedReads(database, THINGS)
    things = database.collection(THINGS)

    async def write_and_read(key: int) -> None:
        for number in range(20):
            await things.update_one({"_id": key}, {"$set": {"number": number}})
            record = await reads.get(key)
            assert record is not None
            assert record["number"] == number

    await asyncio.gather(*(write_and_read(key) for key in range(8)))


async def test_who_leaves_disturbs_nobody(database: MongoDatabase) -> None:
    """A look-up that is cancelled takes nothing from the others of its command."""
    reads = MongoBatchedReads(database, THINGS)
    leaving, *staying = [asyncio.create_task(reads.get(key)) for key in range(10)]
    await asyncio.sleep(0)
    leaving.cancel()
    assert [record and record["_id"] for record in await asyncio.gather(*staying)] == list(range(1, 10))
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_nobody_there(database: MongoDatabase) -> None:
    """Without a database every look-up is Unavailable, and the next one asks again."""
    reads = MongoBatchedReads(database, THINGS)
    await database.close()
    for _ in range(2):
        results = await asyncio.gather(*(reads.get(key) for key in range(5)), return_exceptions=True)
        assert [type(result) for result in results] == [Unavailable] * 5


async def test_nobody_waits_for_a_second_time_out(database: MongoDatabase) -> None:
    """Those that wait for their turn are Unavailable with the first command that is not answered in time."""
    reads = Silent(database, THINGS)
    waiting = [asyncio.create_task(reads.get(0))]
    await until(lambda: reads.commands, every=0)
    waiting += [asyncio.create_task(reads.get(key)) for key in range(1, 5)]
    await asyncio.sleep(0)
    reads.time_out.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 5
    assert reads.commands == 1


class Silent(MongoBatchedReads):
    """Look-ups whose commands are not answered."""

    def __init__(self, database: MongoDatabase, collection: str) -> None:
        super().__init__(database, collection)
        self.commands = 0
        self.time_out = asyncio.Event()

    async def _read(self, _keys: list[Hashable]) -> dict[Hashable, Document]:
        self.commands += 1
        await self.time_out.wait()
        raise Unavailable("the database does not answer")


async def test_asked_for_as_others_are_answered() -> None:
    """A look-up that comes in the same turn of the loop as the answer of an earlier one is sent all the same."""
    answers: list[asyncio.Future[list[Document]]] = []

    class Answered(MongoBatchedReads):
        async def _read(self, _keys: list[Hashable]) -> dict[Hashable, Document]:
            answers.append(asyncio.get_running_loop().create_future())
            return {document["_id"]: document for document in await answers[-1]}

    reads = Answered(MongoDatabase("mongodb://", ""), THINGS)
    packet = asyncio.get_running_loop().create_future()

    async def third_call() -> Document | None:
        await packet
        return await reads.get("c")

    first, third = asyncio.create_task(reads.get("a")), asyncio.create_task(third_call())
    await until(lambda: answers, every=0)
    answers[0].set_result([{"_id": "a"}])
    packet.set_result(None)
    assert await first == {"_id": "a"}
    await until(lambda: len(answers) == 2, every=0)
    answers[1].set_result([])
    assert await third is None
