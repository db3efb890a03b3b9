"""What happens to documents of an earlier release, on the engine that any machine has."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from emo_grpc.shared.service_layer import schema_upgrade
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS
from emo_grpc.users.domain.errors import UserRecordCorrupt
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork
from stored import stored

from .stores import Store, session, sqlite_store, user

OLDER = "UPDATE {} SET document = json_set(document, '$.schema_version', 0)"
DAMAGED = "UPDATE users SET document = substr(document, 2) WHERE user_id = ?"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """One that also reads documents of version 0, which look like today's."""
    past = {0: dict[str, object].copy}
    with patch.dict(UPCASTERS.users, past | {1: dict[str, object].copy}), patch.dict(UPCASTERS.sessions, past):
        async with sqlite_store(tmp_path) as opened:
            yield opened


def both(unit: UsersUnitOfWork) -> Sequence[schema_upgrade.Upgradable]:
    return unit.users, unit.sessions


async def test_a_batch_is_of_all_repositories_together(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no larger for several of them, it is stored, and none is brought up to date twice."""
    monkeypatch.setattr(schema_upgrade, "BATCH", 3)
    ana, ben = user("ana"), user("ben")
    await store.add(ana, ben, session(ana), session(ben))
    with stored(tmp_path) as connection:
        for table in ("users", "sessions"):
            connection.execute(OLDER.format(table))
    assert [await schema_upgrade.upgrade_batch(store.units, both) for _ in range(3)] == [3, 1, 0]
    assert await store.views.outdated() == 0


async def test_damaged_accounts_keep_no_session_from_it(store: Store, tmp_path: Path) -> None:
    """What can be read is brought up to date, and then one that can't be read is named."""
    ana = user("ana")
    await store.add(ana, session(ana))
    with stored(tmp_path) as connection:
        connection.execute(DAMAGED, (str(ana.user_id),))
        connection.execute(OLDER.format("sessions"))
    assert await schema_upgrade.upgrade_batch(store.units, both) == 1
    with pytest.raises(UserRecordCorrupt) as caught:
        await schema_upgrade.upgrade_batch(store.units, both)
    assert caught.value.metadata == {"user_id": str(ana.user_id)}


async def test_no_more_are_saved_than_were_asked_for(store: Store, tmp_path: Path) -> None:
    """However many damaged ones have to be read to find them."""
    users = sorted((user(name) for name in "abcdefg"), key=lambda each: each.user_id)
    await store.add(*users)
    with stored(tmp_path) as connection:
        connection.execute(OLDER.format("users"))
        connection.executemany(DAMAGED, [(str(each.user_id),) for each in users[:4]])
    async with store.units() as unit:
        assert [await unit.users.upgrade(2), await unit.users.upgrade(2)] == [2, 1]
