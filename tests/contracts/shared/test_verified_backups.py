"""Which backup is known to be good, on every engine."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from databases import opened
from emo_grpc.shared.adapters.mongo.verified_backups import INDEXES, MongoVerifiedBackups
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.verified_backups import SCHEMA, SqliteVerifiedBackups
from emo_grpc.shared.service_layer.verified_backups import VerifiedBackup, VerifiedBackups
from mongod import empty_database

NOW = datetime(2030, 1, 1, 12, 0, 0, 123456, UTC)


@pytest.fixture(params=["sqlite", "mongo"])
async def known(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VerifiedBackups]:
    if request.param == "sqlite":
        async with opened(SqliteDatabase(tmp_path / "emo.sqlite3", [SCHEMA])) as sqlite:
            yield SqliteVerifiedBackups(sqlite)
    else:
        async with empty_database(request.getfixturevalue("mongod_url"), "emo_verified", INDEXES) as mongo:
            yield MongoVerifiedBackups(mongo)


def backup(days: int, name: str = "one") -> VerifiedBackup:
    return VerifiedBackup(name, NOW + timedelta(days=days), NOW + timedelta(days=9))


async def test_at_first_there_is_none(known: VerifiedBackups) -> None:
    """Nobody has proven any."""
    assert await known.latest() is None


async def test_the_latest_counts(known: VerifiedBackups) -> None:
    """An older one that is proven later changes nothing, the same again its time, a newer one all."""
    await known.note(backup(1))
    await known.note(backup(0, "older"))
    assert await known.latest() == backup(1)
    again = VerifiedBackup("one", backup(1).create_time, NOW + timedelta(days=10))
    await known.note(again)
    assert await known.latest() == again
    await known.note(backup(2, "newer"))
    assert await known.latest() == backup(2, "newer")
