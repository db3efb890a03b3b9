"""How MongoDB finds what an expression asks for."""

from collections.abc import AsyncIterator

import pytest

from emo_grpc.assets.adapters.mongo.schema import ASSETS
from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.service_layer.expressions import Between, Expression, RangeField, Says
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.times import microseconds

from .asked import DAY, EXPRESSIONS, alike, queries
from .engines import Engine, mongo_database, on_mongo
from .listed import everything
from .samples import ANN, NOW, an_asset
from .test_mongo import profiled

BOUND, MANY = 10, 200


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with mongo_database(mongod_url) as made:
        yield made


@pytest.fixture
def engine(database: MongoDatabase) -> Engine:
    return on_mongo(database)


async def test_no_command_looks_at_more_than_its_bound(
    engine: Engine, database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each goes through indexes, and however many assets there are, examines so many records and a few more."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", BOUND)
    await engine.save(*alike(MANY))
    for name, expression in EXPRESSIONS.items():
        async with profiled(database) as operations:
            for query in queries(expression, 5):
                await engine.views.page(query)
        for operation in operations:
            assert operation["planSummary"].startswith(("IXSCAN", "COUNT_SCAN")), (name, operation["command"])
            assert operation["docsExamined"] <= BOUND + 1, (name, operation["command"])
            assert operation["keysExamined"] <= 2 * BOUND + 5, (name, operation["command"])


async def found(engine: Engine, expression: Expression) -> int:
    return len(await everything(engine, AssetQuery(ANN, 5, AssetFilter(expression=expression))))


async def test_records_of_an_earlier_release_are_found_once_they_are_saved(
    engine: Engine, database: MongoDatabase
) -> None:
    """By days already before; by words, and in the order of sizes, afterwards."""
    asset = an_asset(Description(title="The lake", event_date=NOW), size=7)
    await engine.save(asset)
    names = ("words", "terms", "event_day", "order.size")
    past = {"$unset": dict.fromkeys(names, True), "$set": {"document.schema_version": 2}}
    await database.collection(ASSETS).update_one({}, past)
    today = Between(RangeField.EVENT_DATE, microseconds(NOW), microseconds(NOW + DAY))
    by_size = AssetQuery(ANN, 5, sort_field=SortField.SIZE)
    assert [await found(engine, each) for each in (today, Says("lake"))] == [1, 0]
    assert await everything(engine, by_size) == []
    await engine.save(asset)
    assert await found(engine, Says("lake")) == 1
    assert await everything(engine, by_size) == [asset.asset_id]
