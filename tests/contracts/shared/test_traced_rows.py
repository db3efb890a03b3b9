"""Rows of the outbox that know in which trace their event was recorded, and those that do not."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from databases import opened
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import ADDED
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.shared.service_layer.tracing import traced_as
from mongod import empty_database

from .notes import COLLECTIONS, NOW, SCHEMAS, Engine, NoteWritten, engine_on, mongo_engine_on, note, write

PAST = Path(__file__).parents[2] / "fixtures" / "outbox"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
EARLIER = OutboxRow(
    UUID("6c5f0f8e-0f0e-4b8e-9d55-5a9b7a4d1f01"),
    "first",
    NoteWritten(note_id=UUID("a3e1f6f2-3c0e-4a55-8f0e-0c8f3a1f7d02"), text="x"),
    NOW,
    attempts=3,
    error="broken",
)


async def traces(engine: Engine) -> set[str]:
    return {row.traceparent for row in await engine.outbox.rows(None, 10)}


async def test_what_causes_an_event_is_kept(engine: Engine) -> None:
    """A row has the place in a trace where its event was recorded, also when it is leased."""
    with traced_as(TRACEPARENT):
        await write(engine, note())
    assert await traces(engine) == {TRACEPARENT}
    leased = await engine.outbox.lease({NoteWritten: ("first",)}, limit=10, now=NOW, leased_until=NOW)
    assert [row.traceparent for row in leased] == [TRACEPARENT]


async def test_outside_of_traces(engine: Engine) -> None:
    """An event that was recorded in none has none."""
    await write(engine, note())
    assert await traces(engine) == {""}


async def test_a_row_moves_with_its_trace(engine: Engine) -> None:
    """A row of another outbox keeps it."""
    row = OutboxRow(uuid4(), "first", NoteWritten(note_id=uuid4(), text="x"), NOW, traceparent=TRACEPARENT)
    assert await engine.outbox.import_row(row)
    assert await engine.outbox.rows(None, 10) == [row]


@pytest.fixture(params=["sqlite", "mongo"])
async def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    """Engines with a row that an earlier release has stored."""
    if request.param == "mongo":
        async with empty_database(request.getfixturevalue("mongod_url"), "emo_notes", COLLECTIONS) as database:
            await database.collection("outbox").insert_one(json.loads((PAST / "row-without-trace.json").read_text()))
            yield mongo_engine_on(database)
        return
    path = tmp_path / "notes.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript((PAST / "row-without-trace.sql").read_text())
    connection.close()
    async with opened(SqliteDatabase(path, SCHEMAS, ADDED)) as file:
        yield engine_on(file)


async def test_rows_of_earlier_releases(earlier: Engine) -> None:
    """They are read and delivered as they were, and rows with a trace stand beside them."""
    assert await earlier.outbox.rows(None, 10) == [EARLIER]
    with traced_as(TRACEPARENT):
        await write(earlier, note())
    assert await traces(earlier) == {"", TRACEPARENT}
    (leased,) = [
        row
        for row in await earlier.outbox.lease({NoteWritten: ("first",)}, limit=10, now=NOW, leased_until=NOW)
        if row.row_id == EARLIER.row_id
    ]
    await earlier.outbox.done(leased)
    assert await traces(earlier) == {TRACEPARENT}


async def test_an_earlier_release_goes_on(tmp_path: Path) -> None:
    """It adds rows to the table as it is now: after a step back nothing is lost, and the column is not added twice."""
    path = tmp_path / "notes.sqlite3"
    for _ in range(2):
        async with opened(SqliteDatabase(path, SCHEMAS, ADDED)) as file:
            assert await traces(engine_on(file)) <= {""}
        with sqlite3.connect(path) as connection:
            connection.execute(
                "INSERT INTO outbox (row_id, handler, event_type, event, due_time, attempts, error, is_dead)"
                " VALUES (?, 'first', 'NoteWritten', '{}', '2026-01-01T00:00:00+00:00', 0, '', 0)",
                (str(uuid4()),),
            )
        connection.close()
    async with opened(SqliteDatabase(path, SCHEMAS, ADDED)) as file:
        assert len(await engine_on(file).outbox.rows(None, 10)) == 2
