"""What a database in memory does otherwise than a file."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest

from databases import opened
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase

from .notes import SCHEMAS, engine_on, note, read, text_of, write


@pytest.fixture
async def database() -> AsyncIterator[InMemorySqliteDatabase]:
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as made:
        yield made


async def test_two_have_nothing_in_common(database: InMemorySqliteDatabase) -> None:
    """What one holds no other one sees."""
    kept = note()
    await write(engine_on(database), kept)
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as other:
        assert await read(engine_on(other), kept.note_id) is None


async def test_readers_wait_for_the_transaction(database: InMemorySqliteDatabase) -> None:
    """A query beside a unit waits for its end, and then sees what was committed; after the commit it waits no more."""
    added = note()
    async with engine_on(database).unit() as unit:
        await unit.notes.write(added)
        reading = asyncio.create_task(database.read(lambda connection: text_of(connection, added.note_id)))
        await asyncio.wait([reading], timeout=0)
        assert not reading.done()
        await unit.commit()
        assert await database.look_up(lambda connection: text_of(connection, added.note_id)) == "x"
    assert await reading == "x"


async def test_a_query_that_waits_for_itself(database: InMemorySqliteDatabase) -> None:
    """Who reads beside its own open unit is told so, instead of waiting for ever."""
    async with asyncio.timeout(10), engine_on(database).unit():
        with pytest.raises(RuntimeError, match="for itself"):
            await database.read(lambda connection: text_of(connection, note().note_id))


async def test_nothing_is_on_the_disk(database: InMemorySqliteDatabase) -> None:
    """Neither the database nor what its queries sort is in a file."""

    def files(connection: sqlite3.Connection) -> tuple[set[str], int]:
        rows = connection.execute("PRAGMA database_list").fetchall()
        return {file for _, _, file in rows}, connection.execute("PRAGMA temp_store").fetchone()[0]

    assert await database.read(files) == ({""}, 2)
