"""Which services come in, and which may stay."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from emo_grpc.service_accounts.domain.commands import (
    CreateServiceAccount,
    CreateServiceKey,
    NewServiceKey,
    NoteKeyUse,
    RemoveServiceAccount,
    RevokeServiceKey,
    UpdateServiceAccount,
)
from emo_grpc.service_accounts.domain.errors import ServiceKeyInvalid, ServiceKeyMistyped, TooManyServiceKeys
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_account import ServiceAccountState
from emo_grpc.service_accounts.domain.service_key import KeyText
from emo_grpc.service_accounts.service_layer.key_check import KeyCheck
from emo_grpc.shared.domain.audit import Actor, ActorKind
from emo_grpc.shared.domain.call_errors import NetworkNotAllowed
from emo_grpc.shared.domain.errors import ConcurrentChange, SessionRevoked, Unavailable
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.service_layer.audit.origin import THE_SERVER

from .conftest import Office

HERE = "192.0.2.7"


async def printer(office: Office, *networks: str) -> ActorId:
    permissions = frozenset({ServicePermission.READ_ALL})
    made = CreateServiceAccount(name="printer", permissions=permissions, networks=tuple(map(ip_network, networks)))
    return await office.bus.handle(made)


async def with_key(office: Office, *networks: str, days: int = 0) -> tuple[ActorId, NewServiceKey]:
    account = await printer(office, *networks)
    expire_time = office.clock() + timedelta(days=days) if days else None
    return account, await office.bus.handle(CreateServiceKey(service_account_id=account, expire_time=expire_time))


async def test_a_good_key_comes_in(office: Office) -> None:
    """It gives what its account is now."""
    account, key = await with_key(office)
    service = await office.check.by_key(key.text, HERE)
    assert (service.actor, service.key_id, service.name) == (account, key.key_id.value, "printer")
    assert service.permissions == {ServicePermission.READ_ALL}
    assert await office.check.standing(account, key.key_id.value, HERE) == service


async def test_a_bad_key_does_not(office: Office) -> None:
    """A typo is told as one; another secret, another key and another account are told apart by nobody."""
    account, key = await with_key(office)
    right = KeyText.parse(key.text)
    with pytest.raises(ServiceKeyMistyped):
        await office.check.by_key(key.text[:-1], HERE)
    for wrong in (
        replace(right, secret=bytes(32)),
        replace(right, key_id=ServiceKeyId.new()),
        replace(right, actor_id=ActorId.new()),
    ):
        with pytest.raises(ServiceKeyInvalid):
            await office.check.by_key(wrong.text, HERE)
    assert (await office.views.service_account(account)).keys[0].last_used_time is None


async def test_what_ends_a_key_ends_what_came_in_by_it(office: Office) -> None:
    """Its time, its revocation, and that its account is disabled or removed; enabling the account brings it back."""
    account, key = await with_key(office, days=1)

    async def is_over() -> bool:
        with pytest.raises(ServiceKeyInvalid):
            await office.check.by_key(key.text, HERE)
        with pytest.raises(SessionRevoked):
            await office.check.standing(account, key.key_id.value, None)
        return True

    states = ServiceAccountState
    await office.bus.handle(UpdateServiceAccount(service_account_id=account, state=states.DISABLED))
    assert await is_over()
    await office.bus.handle(UpdateServiceAccount(service_account_id=account, state=states.ACTIVE))
    await office.check.by_key(key.text, HERE)
    office.clock.pass_by(timedelta(days=1))
    assert await is_over()
    key = await office.bus.handle(CreateServiceKey(service_account_id=account))
    await office.check.by_key(key.text, HERE)
    await office.bus.handle(RevokeServiceKey(service_account_id=account, key_id=key.key_id))
    assert await is_over()
    key = await office.bus.handle(CreateServiceKey(service_account_id=account))
    await office.check.by_key(key.text, HERE)
    await office.bus.handle(RemoveServiceAccount(service_account_id=account))
    assert await is_over()


async def test_only_from_its_networks(office: Office) -> None:
    """With a key as with a token, and from a local socket only if any address will do."""
    account, key = await with_key(office, "192.0.2.0/24", "2001:db8::/32")
    for peer in (HERE, "2001:db8::5", "::ffff:192.0.2.9", "2001:db8::5%eth0"):
        await office.check.by_key(key.text, peer)
        await office.check.standing(account, key.key_id.value, peer)
    for peer in ("192.0.3.7", "2001:db9::5", "unix", ""):
        with pytest.raises(NetworkNotAllowed):
            await office.check.by_key(key.text, peer)
        with pytest.raises(NetworkNotAllowed):
            await office.check.standing(account, key.key_id.value, peer)
    await office.check.standing(account, key.key_id.value, None)
    await office.bus.handle(UpdateServiceAccount(service_account_id=account, networks=()))
    await office.check.by_key(key.text, "unix")


async def test_what_is_refused_is_told_of(office: Office) -> None:
    """With whose key it is; only who has its secret is called the service, and what no account has concerns nobody."""
    account, key = await with_key(office, "192.0.2.0/24")
    right, ours = KeyText.parse(key.text), Actor(ActorKind.SERVICE, account.value)
    with pytest.raises(NetworkNotAllowed):
        await office.check.by_key(key.text, "192.0.3.7")
    for wrong in (replace(right, secret=bytes(32)), replace(right, actor_id=ActorId.new())):
        with pytest.raises(ServiceKeyInvalid):
            await office.check.by_key(wrong.text, HERE)
    await office.bus.handle(UpdateServiceAccount(service_account_id=account, state=ServiceAccountState.DISABLED))
    with pytest.raises(ServiceKeyInvalid):
        await office.check.by_key(key.text, HERE)
    entries = office.refusals.entries
    assert [(entry.reason, entry.origin.actor) for entry in entries] == [
        ("NETWORK_NOT_ALLOWED", ours),
        ("SERVICE_KEY_INVALID", THE_SERVER.actor),
        ("SERVICE_KEY_INVALID", ours),
    ]
    details = {"service_account_id": str(account), "key_id": str(key.key_id)}
    assert all((entry.account, entry.details) == (None, details) for entry in entries)


async def test_uses_are_noted_once_a_minute(office: Office) -> None:
    """A key that comes in all the time is one write a minute, and none of them changes the etag."""
    account, key = await with_key(office)

    async def version() -> int:
        stored = await office.reader.with_keys(account)
        assert stored is not None
        assert stored.keys[0].last_used_time == office.clock() - ago
        return stored.version

    ago, etag = timedelta(0), (await office.views.service_account(account)).etag
    await office.check.by_key(key.text, HERE)
    first = await version()
    ago = timedelta(seconds=59)
    office.clock.pass_by(ago)
    await office.check.by_key(key.text, HERE)
    assert await version() == first
    ago = timedelta(0)
    office.clock.pass_by(timedelta(seconds=1))
    await office.check.by_key(key.text, HERE)
    assert await version() == first + 1
    assert (await office.views.service_account(account)).etag == etag


@pytest.mark.parametrize("error", [Unavailable("away"), ConcurrentChange("others")])
async def test_a_use_that_can_not_be_noted_refuses_nobody(office: Office, error: Exception) -> None:
    """The key is right, whatever comes of its note."""
    _, key = await with_key(office)

    async def fail(_: NoteKeyUse) -> None:
        raise error

    assert (await KeyCheck(office.reader, fail, office.refusals, office.clock).by_key(key.text, HERE)).name == "printer"


async def test_uses_of_what_is_gone_are_ignored(office: Office) -> None:
    """The key, or its account, may be gone before its use is noted."""
    account, key = await with_key(office)
    await office.bus.handle(RevokeServiceKey(service_account_id=account, key_id=key.key_id))
    await office.bus.handle(NoteKeyUse(service_account_id=account, key_id=key.key_id))
    await office.bus.handle(NoteKeyUse(service_account_id=ActorId.new(), key_id=key.key_id))


async def test_ten_keys(office: Office) -> None:
    """An eleventh is refused, until one of them is over or revoked."""
    account, first = await with_key(office, days=1)
    for _ in range(9):
        await office.bus.handle(CreateServiceKey(service_account_id=account))
    with pytest.raises(TooManyServiceKeys):
        await office.bus.handle(CreateServiceKey(service_account_id=account))
    office.clock.pass_by(timedelta(days=1))
    await office.bus.handle(CreateServiceKey(service_account_id=account))
    keys = (await office.views.service_account(account)).keys
    assert len(keys) == 10
    assert first.key_id not in {key.key_id for key in keys}
