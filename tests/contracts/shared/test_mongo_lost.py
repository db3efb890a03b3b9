"""Transactions whose connection or primary goes."""

from collections.abc import AsyncIterator

import pymongo
import pytest

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from mongod import empty_database

from .notes import COLLECTIONS, NOW, SUBSCRIPTIONS, Note, mongo_engine_on, note, read, write
from .test_mongo import failing

LOST = [
    ({"closeConnection": True}, "network"),
    ({"errorCode": 10107}, "not the primary"),
    ({"errorCode": 11602}, "steps down"),
]


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_notes", COLLECTIONS) as made:
        yield made


@pytest.mark.parametrize("failure", [failure for failure, _ in LOST], ids=[name for _, name in LOST])
@pytest.mark.parametrize("command", ["find", "update", "insert"])
async def test_a_lost_transaction_is_run_again(
    database: MongoDatabase, mongod_url: str, command: str, failure: Document
) -> None:
    """A connection that drops, and a primary that steps down, before the commit end in a work done once."""
    engine = mongo_engine_on(database)

    async def read_and_write() -> Note:
        made = note()
        async with engine.unit() as unit:
            assert await unit.notes.read(made.note_id) is None
            await unit.notes.write(made)
            await unit.commit()
        return made

    with failing(mongod_url, command, **failure):
        made = await ConflictRetries().run(read_and_write)
    assert await read(engine, made.note_id) == "x"
    assert len(await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW, leased_until=NOW)) == 2


async def test_a_silent_database_is_not_asked_again(database: MongoDatabase, mongod_url: str) -> None:
    """Whoever has waited for all of an operation's time is told so, instead of waiting again."""
    with (
        failing(mongod_url, "update", blockConnection=True, blockTimeMS=300),
        pytest.raises(Unavailable),
        pymongo.timeout(0.1),
    ):
        await write(mongo_engine_on(database), note())


async def test_a_commit_that_may_be_there_is_not_run_again(database: MongoDatabase, mongod_url: str) -> None:
    """When the connection stays away during a commit, the caller is told that nobody knows, for it may be there."""
    with (
        failing(mongod_url, "commitTransaction", 9_999, closeConnection=True),
        pytest.raises(Unavailable),
        pymongo.timeout(0.2),
    ):
        await write(mongo_engine_on(database), note())
