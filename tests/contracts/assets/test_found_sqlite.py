"""How SQLite finds what an expression asks for."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from databases import opened
from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.adapters.sqlite.found import found_page
from emo_grpc.assets.adapters.sqlite.schema import ADDED
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.service_layer.expressions import Between, Expression, RangeField, Says
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.times import microseconds

from .asked import DAY, EXPRESSIONS, alike, queries
from .engines import SCHEMAS, on_sqlite, sqlite_database
from .listed import everything
from .samples import ANN, NOW, an_asset
from .steps import counted_steps

BOUND, MANY = 20, 400
TAKEN_WHOLE = ("SCAN p", "SCAN c", "SCAN found", "SCAN CONSTANT ROW")
"""What a subquery gives, at most as many rows as it may, and no table."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(tmp_path) as made:
        yield made


def statements_of(connection: sqlite3.Connection, query: AssetQuery) -> list[str]:
    said: list[str] = []
    connection.set_trace_callback(said.append)
    found_page(connection, query)
    connection.set_trace_callback(None)
    return said


def steps_of(connection: sqlite3.Connection, query: AssetQuery) -> int:
    return counted_steps(connection, partial(found_page, connection, query))


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
async def test_no_expression_scans_a_table(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, expression: Expression
) -> None:
    """Each statement of each list goes through indexes."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", BOUND)
    await on_sqlite(database).save(*alike(50))

    def explain(connection: sqlite3.Connection) -> None:
        for query in queries(expression, 5):
            for statement in statements_of(connection, query):
                for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                    assert "SCAN" not in row[3] or row[3] in TAKEN_WHOLE, (statement, row[3])

    await database.read(explain)


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
async def test_a_page_costs_no_more_however_many_assets_there_are(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, expression: Expression
) -> None:
    """A tenth of the assets take SQLite about as many steps, for every list, first page and deep."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", BOUND)
    made = alike(MANY)
    asked = queries(expression, 5)
    await on_sqlite(database).save(*made[: MANY // 10])
    few = await database.read(lambda connection: [steps_of(connection, query) for query in asked])
    await on_sqlite(database).save(*made[MANY // 10 :])
    many = await database.read(lambda connection: [steps_of(connection, query) for query in asked])
    assert max(many) <= 1.5 * max(few) + 10


OF_AN_EARLIER_RELEASE = """
DROP INDEX asset_owners_by_size;
ALTER TABLE asset_owners DROP COLUMN size;
ALTER TABLE asset_owners DROP COLUMN event_day;
ALTER TABLE asset_owners DROP COLUMN event_offset;
DROP TABLE asset_words;
DROP TABLE asset_terms;
UPDATE assets SET document = json_set(document, '$.schema_version', 2);
"""


async def test_assets_of_an_earlier_release_are_found(tmp_path: Path) -> None:
    """By size and day as soon as a database of that release is opened; by words once they are saved."""
    asset = an_asset(Description(title="The lake", event_date=NOW), size=7)
    async with sqlite_database(tmp_path) as database:
        await on_sqlite(database).save(asset)
        await database.run_on_writer(lambda connection: connection.executescript(OF_AN_EARLIER_RELEASE))
    today = Between(RangeField.EVENT_DATE, microseconds(NOW), microseconds(NOW + DAY))
    async with opened(SqliteDatabase(tmp_path / "emo.sqlite3", SCHEMAS, ADDED)) as database:
        engine = on_sqlite(database)

        async def found(expression: Expression | None) -> int:
            query = AssetQuery(ANN, 5, AssetFilter(expression=expression), SortField.SIZE)
            return len(await everything(engine, query))

        assert [await found(each) for each in (None, today, Between(RangeField.SIZE, 7, 8))] == [1, 1, 1]
        assert await found(Says("lake")) == 0
        await engine.save(asset)
        assert await found(Says("lake")) == 1
