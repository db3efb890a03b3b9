"""Rows of the outbox and remembered requests that were damaged in the database, over the engines that store them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from bson import encode
from bson.raw_bson import RawBSONDocument

from emo_grpc.shared.adapters.times import EPOCH
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, UnreadableEvent
from mongod import empty_database

from .notes import (
    COLLECTIONS,
    NOW,
    SUBSCRIPTIONS,
    Engine,
    NoteWritten,
    engine_on,
    mongo_engine_on,
    note,
    notes_database,
)
from .notes import write as write_notes

LEASE = timedelta(seconds=30)
MARK = "~"


@dataclass
class Damaging:
    """An engine, and what puts a byte that is no UTF-8 into a text field of all rows of a table."""

    engine: Engine
    damage: Callable[[str, str], Awaitable[None]]


@pytest.fixture(params=["sqlite", "mongo"])
async def damaging(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Damaging]:
    if request.param == "sqlite":
        database = notes_database(tmp_path)
        await database.open()

        async def damage_rows(table: str, column: str) -> None:
            sql = f"UPDATE {table} SET {column} = CAST(CAST({column} AS BLOB) || x'ff' AS TEXT)"
            await database.run_on_writer(lambda connection: connection.execute(sql).rowcount)

        yield Damaging(engine_on(database), damage_rows)
        await database.close()
    else:
        async with empty_database(request.getfixturevalue("mongod_url"), "emo_notes", COLLECTIONS) as mongo:

            async def damage_documents(table: str, column: str) -> None:
                rows = mongo.collection(table)
                for found in await rows.find().to_list():
                    raw = encode({**found, column: f"{found[column]}{MARK}"}).replace(MARK.encode(), b"\xff")
                    await rows.delete_one({"_id": found["_id"]})
                    await rows.insert_one(RawBSONDocument(raw))

            yield Damaging(mongo_engine_on(mongo), damage_documents)


@pytest.mark.parametrize("column", ["event", "event_type", "error"])
async def test_a_damaged_event_holds_up_no_other(damaging: Damaging, column: str) -> None:
    """Those of others are leased and listed beside it; it can be buried and kept elsewhere."""
    engine = damaging.engine
    await write_notes(engine, note())
    await damaging.damage("outbox", column)
    await write_notes(engine, note("whole"))
    now = NOW + STRAY_AFTER
    rows = await engine.outbox.lease(SUBSCRIPTIONS, limit=9, now=now, leased_until=now + LEASE)
    whole = [row for row in rows if isinstance(row.event, NoteWritten) and row.event.text == "whole"]
    assert (len(rows), len(whole)) == (4, 2)
    (bad, _) = (row for row in rows if row not in whole)
    assert isinstance(bad.event, UnreadableEvent) or column == "error"
    await engine.outbox.bury(bad, error="x")
    (dead,) = await engine.outbox.dead_letters(9)
    assert dead.row_id == bad.row_id
    assert await engine.outbox.import_row(replace(dead, row_id=UUID(int=5)))


@pytest.mark.parametrize("damaging", ["sqlite"], indirect=True)  # MongoDB has a number there
async def test_a_row_with_a_damaged_time_is_listed(damaging: Damaging) -> None:
    """As one that has been due for long."""
    await write_notes(damaging.engine, note())
    await damaging.damage("outbox", "due_time")
    assert {row.due_time for row in await damaging.engine.outbox.rows(None, 9)} == {EPOCH}


async def test_a_remembered_request_with_a_damaged_result(damaging: Damaging) -> None:
    """It is found with what is left of it, and its time keeps none from being listed."""
    key = IdempotencyKey("s", RequestId(UUID(int=1)), "print", "result", NOW + LEASE)
    async with damaging.engine.unit() as unit:
        await unit.idempotency.add(key)
        await unit.commit()
    await damaging.damage("idempotency_keys", "fingerprint")
    async with damaging.engine.unit() as unit:
        found = await unit.idempotency.find(key.scope, key.request_id)
        assert await unit.idempotency.after(None, 9) == [found]
    assert found is not None
    assert found.fingerprint != key.fingerprint
    assert replace(found, fingerprint=key.fingerprint) == key
