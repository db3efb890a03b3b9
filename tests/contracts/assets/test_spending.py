"""What a page of a list by an expression may cost, over every engine."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from emo_grpc.assets.adapters.mongo import spending
from emo_grpc.assets.adapters.queries.conditions import condition_of
from emo_grpc.assets.adapters.queries.effort import Effort
from emo_grpc.assets.adapters.sqlite import found
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.expressions import AllOf, AnyOf, Between, InFacet, Not, RangeField, Says
from emo_grpc.assets.service_layer.search import SearchQuery
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField

from .asked import EXPRESSIONS, alike
from .engines import Engine, mongo_database, on_mongo, on_sqlite, sqlite_database
from .listed import everything, expected, pages
from .samples import ANN, NOW, an_asset
from .test_mongo import profiled

COSTLY = AllOf(tuple(Not(Says(f"word{number}", is_prefix=True)) for number in range(100)))
"""As many negated beginnings of words as a filter may have."""


def test_every_part_of_a_condition_is_counted() -> None:
    """Parts that go through text are told from those that look something up, in whatever they stand."""
    day = Between(RangeField.CREATE_TIME, 5, 9)
    expression = AllOf((AnyOf((Says("a b"), InFacet("tag", "t"), day)), Not(AllOf((Says("c"), InFacet("x", "y"))))))
    effort = Effort.of(condition_of(AssetFilter(tags=("x",), expression=expression)))
    assert (effort.of_text, effort.of_index) == (3, 3)


@pytest.mark.parametrize("sort_field", [SortField.CREATE_TIME, SortField.TITLE])
async def test_a_page_that_spent_enough_ends(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, sort_field: SortField
) -> None:
    """However few assets that are, and whichever way leads to them, the list goes on there and loses none."""
    monkeypatch.setattr(found, "MOST_SPENT", 1500)
    monkeypatch.setattr(spending, "MOST_SPENT", 100)
    assets = alike(12)
    await engine.save(*assets)
    for name in ("not", "a common word", "either", "a rare beginning"):
        query = AssetQuery(ANN, 7, AssetFilter(expression=EXPRESSIONS[name]), sort_field)
        assert await everything(engine, query) == expected(assets, query), name
    by_many = AssetQuery(ANN, 7, AssetFilter(expression=COSTLY), sort_field)
    assert await everything(engine, by_many) == expected(assets, by_many)
    assert [len(page.items) for page in await pages(engine, by_many)][:12] == [1] * 12
    assert set(await engine.views.matching_ids(replace(by_many, limit=50))) == {each.asset_id for each in assets}


LONG = Description(title="x", description=" ".join(f"w{number:03}" for number in range(900)))


async def test_sqlite_looks_through_no_more_text_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the characters that its own comparisons are given, a page costs its bound and at most two rows more."""
    monkeypatch.setattr(found, "MOST_SPENT", 2_000_000)
    compared: list[int] = []

    def glob(_: str, text: str) -> bool:
        compared.append(len(text))
        return False

    def look(connection: sqlite3.Connection) -> None:
        connection.create_function("glob", 2, glob)
        found.found_page(connection, AssetQuery(ANN, 100, AssetFilter(expression=COSTLY)))
        connection.create_function("glob", 2, None)

    async with sqlite_database(tmp_path) as database:
        await on_sqlite(database).save(*(an_asset(LONG) for _ in range(12)))
        await database.read(look)
    row = compared[0] * 100
    # Python's sqlite3 has the next row tested before it gives one.
    assert 2_000_000 - row < sum(compared) <= 2_000_000 + 2 * row
    assert len(compared) < 12 * 100


async def test_mongodb_tests_no_more_records_than_it_may(mongod_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of records that say much, a costly page tests as few as can be paid for, and of ones that say little all."""
    monkeypatch.setattr(spending, "MOST_SPENT", 400_000)
    async with mongo_database(mongod_url) as database:
        engine = on_mongo(database)
        await engine.save(*(an_asset(LONG) for _ in range(12)), *alike(30))
        async with profiled(database) as operations:
            page = await engine.views.page(AssetQuery(ANN, 100, AssetFilter(expression=COSTLY)))
        tested = [each["docsExamined"] for each in operations if each["planSummary"] == "IXSCAN { _id: 1 }"]
    assert (len(page.items), page.cursor is not None) == (tested[0], True)
    assert 30 < tested[0] < 36  # those that say little, and of the others some four, at 91,000 each


async def test_a_search_pays_for_its_ranking(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of assets that say much fewer are ranked together, and older ones come on later pages; none is lost."""
    monkeypatch.setattr(found, "MOST_SPENT", 250_000)
    monkeypatch.setattr(spending, "MOST_SPENT", 40_000)
    assets = [an_asset(LONG, now=NOW + timedelta(seconds=number)) for number in range(12)]
    await engine.save(*assets)
    query, shown = SearchQuery(ANN, "x", 50, AssetFilter()), list[AssetId]()
    first = await engine.search.page(query)
    assert 0 < len(first.matches) < 8
    assert first.older_remain
    page = first
    while True:
        shown += [match.asset.asset_id for match in page.matches]
        if page.cursor is None:
            break
        page = await engine.search.page(replace(query, after=page.cursor))
    assert shown == [asset.asset_id for asset in reversed(assets)]
