"""What every repository of service accounts does."""

import pytest

from emo_grpc.service_accounts.domain.errors import (
    ServiceAccountNameTaken,
    ServiceAccountNotFound,
    ServiceAccountRecordCorrupt,
)
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.events import ServiceAccountEnded
from emo_grpc.shared.domain.ids import ActorId

from .stores import NOW, Store, service_account


async def test_gives_back_what_was_added(store: Store) -> None:
    """A service account comes back whole, with its keys; another is not there."""
    account = service_account()
    await store.add(account)
    async with store.units() as unit:
        assert await unit.service_accounts.get(account.service_account_id) == account
        assert account.version == 1
        with pytest.raises(ServiceAccountNotFound):
            await unit.service_accounts.get(ActorId.new())
        assert await unit.service_accounts.find(ActorId.new()) is None


async def test_saves_as_the_next_version(store: Store) -> None:
    """Of two changes of one version the first is stored, the second is refused."""
    account = service_account()
    await store.add(account)
    async with store.units() as unit:
        first, second = [await unit.service_accounts.get(account.service_account_id) for _ in "ab"]
        first.revoke_key(first.keys[0].key_id, NOW)
        await unit.service_accounts.save(first)
        await unit.commit()
    assert await store.reader.with_keys(account.service_account_id) == first
    with pytest.raises(ConcurrentChange):
        async with store.units() as unit:
            await unit.service_accounts.save(second)
            await unit.commit()


async def test_names_are_unique(store: Store) -> None:
    """Neither a new account nor a renamed one may have the name of another; its own it keeps."""
    printer, other = service_account(), service_account("other")
    await store.add(printer, other)
    with pytest.raises(ServiceAccountNameTaken):
        await store.add(service_account())
    async with store.units() as unit:
        await unit.service_accounts.save(printer)
        other.name = printer.name
        with pytest.raises(ServiceAccountNameTaken):
            await unit.service_accounts.save(other)


async def test_what_is_removed_is_gone_and_told(store: Store) -> None:
    """Others hear of its end in the same transaction, also when its record was damaged."""
    for damaged in (False, True):
        account = service_account()
        await store.add(account)
        if damaged:
            await store.overwrite(account.name, -1)
        async with store.units() as unit:
            found = await unit.service_accounts.find(account.service_account_id)
            assert isinstance(found, DamagedServiceAccount) == damaged
            assert found is not None
            found.remove()
            await unit.service_accounts.remove(found)
            await unit.commit()
        assert await store.reader.with_keys(account.service_account_id) is None
        assert ServiceAccountEnded(account.service_account_id) in await store.ended()


async def test_damage_is_told_and_outdated_ones_are_found(store: Store) -> None:
    """A damaged record is data loss to who needs it; one of a later release is found, and never guessed at."""
    account = service_account()
    await store.add(account)
    async with store.units() as unit:
        assert await unit.service_accounts.outdated(9) == []
    await store.overwrite(account.name, -1)
    with pytest.raises(ServiceAccountRecordCorrupt):
        await store.reader.with_keys(account.service_account_id)
    with pytest.raises(ServiceAccountRecordCorrupt):
        await store.views.by_name(account.name)
    await store.add(service_account("later"))
    await store.overwrite("later", 99)
    async with store.units() as unit:
        with pytest.raises(UnknownSchemaVersion):
            await unit.service_accounts.outdated(9)
