"""No query walks through all service accounts or sorts them."""

import sqlite3

import pytest

from emo_grpc.service_accounts.adapters.sqlite import views as sqlite_views
from emo_grpc.service_accounts.adapters.sqlite.schema import SCHEMA
from emo_grpc.service_accounts.adapters.sqlite.service_accounts import SERVICE_ACCOUNTS
from emo_grpc.shared.domain.ids import ActorId
from mongo_plans import plans
from mongod import empty_database

from .stores import COLLECTIONS, NOW, on_mongo, service_account

QUERIES = [
    (sqlite_views.BY_NAME, 1),
    (sqlite_views.PAGE, 3),
    (SERVICE_ACCOUNTS.by_id, 1),
    (SERVICE_ACCOUNTS.after, 2),
    (SERVICE_ACCOUNTS.outdated, 1),
    (SERVICE_ACCOUNTS.count_outdated, 0),
]


@pytest.mark.parametrize(("query", "parameters"), QUERIES)
def test_on_sqlite(query: str, parameters: int) -> None:
    """Every query is backed by an index."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    steps = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", ("",) * parameters)]
    connection.close()
    assert all(step.startswith("SEARCH") or "USING" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


async def test_on_mongo(mongod_url: str) -> None:
    """Every command is backed by an index."""
    async with empty_database(mongod_url, "emo_service_accounts", COLLECTIONS) as database:
        store = on_mongo(database)
        accounts = [service_account(f"service{minutes}", minutes=minutes) for minutes in range(30)]
        await store.add(*accounts)
        async with plans(database) as found:
            await store.views.service_account(accounts[0].service_account_id)
            await store.views.by_name("service3")
            await store.views.service_accounts(limit=3, after=(NOW.isoformat(), str(ActorId.new())))
            await store.inventory(accounts[0].service_account_id, 3)
            await store.views.outdated()
            async with store.units() as unit:
                await unit.service_accounts.save(accounts[0])
                await unit.service_accounts.outdated(3)
                await unit.commit()
        assert len(found) >= 6
        for command, stages in found.items():
            assert stages, command
            assert not stages & {"COLLSCAN", "SORT"}, (command, stages)
