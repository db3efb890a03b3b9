"""What is peculiar to MongoDB."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product

import pytest

from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.shared.adapters.mongo.audit import ENTRIES
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.domain.audit import AuditKind
from mongo_plans import plans
from mongod import empty_database

from .trails import ANN, BEN, COLLECTIONS, NOW, entry, on_mongo


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_audit", COLLECTIONS) as made:
        yield made


async def test_no_command_scans_or_sorts(database: MongoDatabase) -> None:
    """No command walks through a whole collection or sorts, whatever is selected."""
    trail = on_mongo(database)
    await trail.add(*(entry(by=by, seconds=second) for second in range(20) for by in (ANN, BEN)))
    async with plans(database) as found:
        for party, kind, days in product([None, *(Party(side, BEN) for side in Side)], [None, AuditKind.LOGIN], [0, 1]):
            start = NOW - timedelta(days=1) if days else None
            selection = Selection(party=party, kind=kind, start=start, end=NOW + timedelta(days=1) if days else None)
            page = await trail.views.events(selection, limit=5)
            await trail.views.events(selection, limit=5, after=page.cursor)
        await trail.add(entry(account=BEN))
        await trail.forget(BEN)
    assert len(found) > 20
    for command, stages in found.items():
        assert stages, command
        assert not stages & {"COLLSCAN", "SORT"}, (command, stages)


async def test_a_damaged_entry_keeps_no_other_back(database: MongoDatabase) -> None:
    """It is named by its id; all others are shown."""
    trail = on_mongo(database)
    await trail.add(*(entry(seconds=second) for second in range(4)))
    ids = [event.event_id for event in await trail.events()]
    for entry_id, damage in zip(
        ids, ({"document": 5}, {"document.details": "AAAA"}, {"document.kind": "new"}), strict=False
    ):
        await database.collection(ENTRIES).update_one({"_id": str(entry_id)}, {"$set": damage})
    page = await trail.views.events(Selection(), limit=10)
    assert [event.event_id for event in page.items] == ids[3:]
    assert page.unreadable == ids[:3]
