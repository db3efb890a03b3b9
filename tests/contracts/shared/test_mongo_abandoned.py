"""Transactions that nobody goes on with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from emo_grpc.shared.adapters.mongo import abandoned_transactions as mongo_abandoned
from emo_grpc.shared.adapters.mongo.abandoned_transactions import ending_abandoned
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.domain.errors import ConcurrentChange
from mongod import empty_database

from .notes import COLLECTIONS, Note, mongo_engine_on, note, opened_mongo, read, write
from .test_mongo import written

SOON = timedelta(milliseconds=200)
LONG = timedelta(hours=1)
LOOK_EVERY = timedelta(milliseconds=20)

AbandonedAfter = Callable[[timedelta], None]


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_notes", COLLECTIONS) as made:
        yield made


@pytest.fixture
def abandoned_after(monkeypatch: pytest.MonkeyPatch) -> AbandonedAfter:
    monkeypatch.setattr(mongo_abandoned, "LOOK_EVERY", LOOK_EVERY)
    return lambda after: monkeypatch.setattr(mongo_abandoned, "ABANDONED_AFTER", after)


async def test_what_is_abandoned_is_in_nobodys_way(
    mongod_url: str, database: MongoDatabase, abandoned_after: AbandonedAfter
) -> None:
    """Another process ends it, and what it has written was never there; whoever was only slow has to begin again."""
    contested = note("dead")
    abandoned_after(SOON)
    async with opened_mongo(mongod_url) as other, mongo_engine_on(database).unit() as slow:
        await slow.notes.write(contested)
        with pytest.raises(ConcurrentChange):
            await write(mongo_engine_on(other), contested)
        async with ending_abandoned(other):
            await written(mongo_engine_on(other), Note(note_id=contested.note_id, text="alive"))
        with pytest.raises(ConcurrentChange):
            await slow.commit()
        assert await read(mongo_engine_on(other), contested.note_id) == "alive"


async def test_who_is_in_time_is_not_disturbed(
    mongod_url: str, database: MongoDatabase, abandoned_after: AbandonedAfter
) -> None:
    """A transaction comes to its end though processes look for abandoned ones meanwhile."""
    mine = note()
    abandoned_after(LONG)
    async with opened_mongo(mongod_url) as other, ending_abandoned(other), mongo_engine_on(database).unit() as unit:
        await unit.notes.write(mine)
        await asyncio.sleep(10 * LOOK_EVERY.total_seconds())  # for what must not happen
        await unit.commit()
        assert await read(mongo_engine_on(other), mine.note_id) == "x"
