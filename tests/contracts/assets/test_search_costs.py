"""What a search reads on each database: so much and no more, whatever is asked and however many assets there are."""

import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.adapters.sqlite.search import searched
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.service_layer.expressions import Not, Says
from emo_grpc.assets.service_layer.search import SearchPage, SearchQuery
from emo_grpc.assets.service_layer.views import AssetFilter

from .asked import DAY
from .engines import mongo_database, on_mongo, on_sqlite, sqlite_database
from .samples import ANN, NOW, an_asset
from .steps import counted_steps
from .test_found_sqlite import TAKEN_WHOLE
from .test_mongo import profiled

BOUND, MANY, LIMIT = 20, 400, 5
TEXTS = ("lake", "lak", "rare", "rar", "the lake ra", "even odd", "even od", "zzz", "l", "!")
FILTERS = (AssetFilter(), AssetFilter(tags=("t1",)), AssetFilter(bookmarked=False, expression=Not(Says("rare"))))
ASKED = [SearchQuery(ANN, text, LIMIT, chosen) for text in TEXTS for chosen in FILTERS]


@pytest.fixture(autouse=True)
def _bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows a look sees."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", BOUND)


def assets(first: int, end: int) -> list[Asset]:
    """Of Ann's, each a day after the one before; with more words that begin alike than are gone through one by one."""
    return [_asset(at) for at in range(first, end)]


def _asset(at: int) -> Asset:
    title = f"The lake {('even', 'odd')[at % 2]} lake{at % 50}" + (" rare lakes" if at % 20 == 7 else "")
    return an_asset(Description(title=title, tags=(f"t{at % 3}",)), now=NOW + at * DAY)


def pages(connection: sqlite3.Connection, query: SearchQuery) -> list[SearchPage]:
    """The first one and, if there is one, that after it."""
    first = searched(connection, query)
    return [first] if first.cursor is None else [first, searched(connection, replace(query, after=first.cursor))]


def steps_of(connection: sqlite3.Connection, query: SearchQuery) -> int:
    return counted_steps(connection, partial(pages, connection, query))


async def test_sqlite_scans_no_table_and_reads_no_document_that_is_not_shown(tmp_path: Path) -> None:
    """Each statement goes through indexes; of documents there are as many as are on the pages."""

    def explain(connection: sqlite3.Connection) -> None:
        for query in ASKED:
            said: list[str] = []
            connection.set_trace_callback(said.append)
            shown = sum(len(page.matches) for page in pages(connection, query))
            connection.set_trace_callback(None)
            assert sum("a.document" in statement for statement in said) == shown, query
            for statement in said:
                for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                    assert "SCAN" not in row[3] or row[3] in TAKEN_WHOLE, (statement, row[3])

    async with sqlite_database(tmp_path) as database:
        await on_sqlite(database).save(*assets(0, 60))
        await database.read(explain)


async def test_sqlite_takes_no_more_steps_however_many_assets_there_are(tmp_path: Path) -> None:
    """A tenth of the assets take about as many, for each search."""
    async with sqlite_database(tmp_path) as database:
        engine = on_sqlite(database)
        await engine.save(*assets(0, MANY // 10))
        few = await database.read(lambda connection: [steps_of(connection, query) for query in ASKED])
        await engine.save(*assets(MANY // 10, MANY))
        many = await database.read(lambda connection: [steps_of(connection, query) for query in ASKED])
    assert max(many) <= 1.5 * max(few) + 10


async def test_mongodb_examines_no_more_than_its_bound(mongod_url: str) -> None:
    """Each command goes through an index and examines so many records; those with documents, as many as are shown."""
    async with mongo_database(mongod_url) as database:
        engine = on_mongo(database)
        await engine.save(*assets(0, MANY // 2))
        for query in ASKED:
            async with profiled(database) as operations:
                first = await engine.search.page(query)
                await engine.search.page(replace(query, after=first.cursor))
            for operation in operations:
                by_id = operation["planSummary"].startswith("IXSCAN { _id")
                most = LIMIT if by_id else BOUND + 1
                assert operation["planSummary"].startswith(("IXSCAN", "COUNT_SCAN")), (query, operation["command"])
                assert operation["docsExamined"] <= most, (query, operation["command"])
                assert operation["keysExamined"] <= 2 * BOUND + 5, (query, operation["command"])
