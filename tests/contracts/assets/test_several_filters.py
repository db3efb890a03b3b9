"""Lists by filters that many assets meet each, and hardly any together."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase

from .engines import Engine, mongo_database, on_mongo, on_sqlite, sqlite_database
from .listed import everything, expected, pages
from .samples import ANN, NOW, an_asset
from .steps import counted_steps
from .test_mongo import profiled

T = TypeVar("T")
BOUND, FEW, MANY, LIMIT = 10, 60, 600, 5
SEVERAL = {
    "a tag and a person": AssetFilter(tags=("first",), people=("Last",)),
    "a tag, a person and types": AssetFilter(("image/*", "video/mp4"), ("all",), ("Last",)),
    "a tag, a folder and a state": AssetFilter(tags=("first",), folder="last", states=(AssetState.PENDING,)),
    "a person and no bookmark": AssetFilter(people=("Last",), bookmarked=False),
    "two tags": AssetFilter(tags=("all", "first")),
}
ONE = {"a tag that the other half has": AssetFilter(tags=("first",)), "all": AssetFilter(tags=("all",))}


def apart(count: int) -> list[Asset]:
    """Assets of Ann's: the first half has a tag and a bookmark, the last a person and a folder, in every order."""
    return [_apart(at, is_first=at < count // 2) for at in range(count)]


def _apart(at: int, *, is_first: bool) -> Asset:
    now = NOW + timedelta(days=at)
    tags, people, folder = (("all", "first"), (), "") if is_first else (("all",), ("Last",), "last")
    description = Description(
        title=f"{at:04}", tags=tags, people=people, folder=folder, bookmarked=is_first, event_date=now
    )
    return an_asset(description, size=at, now=now)


def queries(chosen: AssetFilter) -> list[AssetQuery]:
    return [AssetQuery(ANN, LIMIT, chosen, order, descending) for order in SortField for descending in (True, False)]


def lists() -> list[AssetQuery]:
    return [query for chosen in (SEVERAL | ONE).values() for query in queries(chosen)]


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", BOUND)


@pytest.fixture
async def on_file(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(tmp_path) as made:
        yield made


@pytest.fixture
async def on_server(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with mongo_database(mongod_url) as made:
        yield made


@pytest.mark.usefixtures("bound")
async def test_all_pages_hold_each_once_in_order(engine: Engine) -> None:
    """However few a page may look at; and what acts on all of a list at once gets the same."""
    made = apart(FEW)
    await engine.save(*made)
    for query in lists():
        wanted = expected(made, query)
        assert await everything(engine, query) == wanted, query
        assert await engine.views.matching_ids(replace(query, limit=MANY)) == wanted, query
        assert await engine.views.matching_ids(query) == wanted[: LIMIT + 1], query


@pytest.mark.usefixtures("bound")
async def test_a_page_that_looked_at_enough_ends(engine: Engine) -> None:
    """It may hold nothing, and says where the list goes on all the same."""
    await engine.save(*apart(FEW))
    found = await pages(engine, AssetQuery(ANN, LIMIT, SEVERAL["a tag and a person"]))
    assert [len(page.items) for page in found] == [0, 0]


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("sort_field", SortField)
async def test_what_few_have_fills_a_page_in_any_order(engine: Engine, sort_field: SortField) -> None:
    """Though they lie further apart than a page looks at: by one filter it is led from one to the next."""
    made = apart(4 * FEW)
    for asset in made[:: len(made) // (2 * BOUND)]:
        asset.describe(replace(asset.description, tags=("rare",)), asset.file, now=asset.update_time)
    await engine.save(*made)
    found = await pages(engine, AssetQuery(ANN, LIMIT, AssetFilter(tags=("rare",)), sort_field))
    assert [len(page.items) for page in found] == [LIMIT] * (2 * BOUND // LIMIT)


async def steps_of(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What each read takes of each list, a page and all of its ids."""
    steps: list[int] = []
    engine, read = on_sqlite(database), database.read

    async def counted(query: Callable[[sqlite3.Connection], T]) -> T:
        def work(connection: sqlite3.Connection) -> T:
            given: list[T] = []
            steps.append(counted_steps(connection, lambda: given.append(query(connection))))
            return given[0]

        return await read(work)

    with monkeypatch.context() as patched:
        patched.setattr(database, "read", counted)
        for query in lists():
            await engine.views.page(query)
            await engine.views.matching_ids(query)
    return steps


@pytest.mark.usefixtures("bound")
async def test_sqlite_takes_no_more_steps_however_many_assets_there_are(
    on_file: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of the assets take it about as many, in each order."""
    made = apart(FEW)
    await on_sqlite(on_file).save(*made)
    few = await steps_of(on_file, monkeypatch)
    await on_sqlite(on_file).remove(*made)
    await on_sqlite(on_file).save(*apart(MANY))
    many = await steps_of(on_file, monkeypatch)
    assert max(many) <= 1.5 * max(few) + 10


@pytest.mark.usefixtures("bound")
async def test_mongodb_examines_no_more_than_its_bound(on_server: MongoDatabase) -> None:
    """However many assets there are, in each order."""
    engine = on_mongo(on_server)
    await engine.save(*apart(FEW * 2))
    for query in lists():
        async with profiled(on_server) as operations:
            await engine.views.page(query)
            await engine.views.matching_ids(query)
        for operation in operations:
            assert operation["planSummary"].startswith(("IXSCAN", "COUNT_SCAN")), operation["command"]
            assert operation["docsExamined"] <= BOUND + 1, operation["command"]
            assert operation["keysExamined"] <= 2 * BOUND + 5, operation["command"]
