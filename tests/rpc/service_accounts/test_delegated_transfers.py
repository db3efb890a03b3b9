"""Uploads and downloads that a service makes for a user: whose quota, whose share, and what ends them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.service_accounts.domain.commands import RemoveServiceAccount, RevokeServiceKey, UpdateServiceAccount
from emo_grpc.service_accounts.domain.service_account import ServiceAccountState
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.entrypoints.limits import Limits
from emo_grpc.users.domain.commands import SetUserRoles
from emo_grpc.users.domain.user import Role
from rpc.assets.waiting import no_downloads, persisted
from rpc.services import Backend, bearer
from rpc.vault import PART, Person, Stream, Vault, chunks, failure, open_vault, some_bytes, start

ACT, READ_ALL = ServicePermission.ACT_FOR_USERS, ServicePermission.READ_ALL
WATCHFUL = Limits(session_check=timedelta(milliseconds=20))
REVOKED = "UNAUTHENTICATED SESSION_REVOKED"
End = Callable[[Vault, Person, Backend], Awaitable[None]]


async def acting(vault: Vault, backend: Backend, user: Person) -> Person:
    """The user, as the service calls for them, over connections of its own."""
    tokens = users_pb2.Tokens(access_token=await backend.token_for(user.user_id))
    return Person(user.user_id, tokens, vault.channel(), vault.upload_channel())


def on_service(make: Callable[[Backend], Command[None]]) -> End:
    async def end(vault: Vault, _: Person, backend: Backend) -> None:
        await vault.parts.contexts.service_accounts.bus.handle(make(backend))

    return end


async def by_the_user(_: Vault, user: Person, __: Backend) -> None:
    listed: Any = await user.users.ListSessions(users_pb2.ListSessionsRequest(), metadata=user.metadata)
    (session_id,) = [each.session_id for each in listed.sessions if each.HasField("actor")]
    request = users_pb2.RevokeSessionRequest(session_id=session_id)
    await user.users.RevokeSession(request, metadata=user.metadata)


async def by_another_role(vault: Vault, user: Person, _: Backend) -> None:
    roles = frozenset({Role.USER, Role.ADMIN})
    await vault.parts.users.bus.handle(SetUserRoles(user_id=UserId.parse(user.user_id, "user_id"), roles=roles))


ENDS: dict[str, tuple[End, str]] = {
    "the user": (by_the_user, REVOKED),
    "the user is an administrator": (by_another_role, REVOKED),
    "key": (on_service(lambda b: RevokeServiceKey(service_account_id=b.actor, key_id=b.key_id)), REVOKED),
    "disabled": (
        on_service(lambda b: UpdateServiceAccount(service_account_id=b.actor, state=ServiceAccountState.DISABLED)),
        REVOKED,
    ),
    "removed": (on_service(lambda b: RemoveServiceAccount(service_account_id=b.actor)), REVOKED),
    "permission": (
        on_service(lambda b: UpdateServiceAccount(service_account_id=b.actor, permissions=frozenset({READ_ALL}))),
        REVOKED,
    ),
    "network": (
        on_service(lambda b: UpdateServiceAccount(service_account_id=b.actor, networks=(ip_network("192.0.2.0/24"),))),
        "PERMISSION_DENIED NETWORK_NOT_ALLOWED",
    ),
}


# Any: grpc's stub types say nothing of what a call gives.
async def rest_of(download: Any) -> None:
    while await download.read() is not grpc.aio.EOF:
        pass


@pytest.fixture
async def watchful(tmp_path: Path) -> AsyncIterator[Vault]:
    """The service, looking at sessions all the time."""
    async with open_vault(tmp_path, WATCHFUL) as opened:
        yield opened


@pytest.mark.parametrize("how", ENDS)
async def test_transfers_for_a_user_end_with_the_right_to_them(watchful: Vault, how: str) -> None:
    """Whoever takes it away, and however; what was stored by then is the user's, who goes on by themselves."""
    end, brief = ENDS[how]
    alice, printer = await watchful.person("alice"), await Backend.of(watchful, ACT)
    file_id, asset_id = await alice.stored(some_bytes(3 * PART)), await alice.create()
    service = await acting(watchful, printer, alice)
    download = service.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=file_id))
    await download.read()
    upload = Stream(service, start(asset_id), *chunks(some_bytes(PART + 5)))
    await persisted(service, asset_id, PART)
    await end(watchful, alice, printer)
    assert (await failure(upload.answer())).brief == brief
    await no_downloads(watchful)
    assert (await failure(rest_of(download))).brief == brief
    again = await watchful.logged_in("alice", alice.user_id)
    assert (await again.upload(asset_id, b"end", PART)).complete


async def test_what_a_service_uploads_is_within_the_users_quota(tmp_path: Path) -> None:
    """It counts for the user alone, however many services act for them, and leaves others what is theirs."""
    async with open_vault(tmp_path, user_storage_mb=1) as vault:
        alice, bob = await vault.person("alice"), await vault.person("bob")
        services = [
            await acting(vault, await Backend.of(vault, ACT, name=name), alice) for name in ("printer", "scanner")
        ]
        asset_id = await services[0].create(600_000)
        for person in (services[0], services[1], alice):
            refused = await failure(person.create(600_000))
            assert (refused.reason, refused.subjects) == ("QUOTA_EXCEEDED", [f"user:{alice.user_id}"])
        unsized = await services[1].create()
        refused = await failure(services[1].upload(unsized, some_bytes(600_000)))
        assert refused.reason == "QUOTA_EXCEEDED"
        stats = [await person.call("GetAssetStats") for person in (alice, *services)]
        assert stats == [stats[0]] * 3
        assert (await alice.upload(asset_id, some_bytes(600_000))).complete
        assert await bob.create(600_000)


async def test_a_service_that_calls_without_end_leaves_the_user_in(tmp_path: Path) -> None:
    """Its calls for a user have a rate of their own, so a runaway backend locks nobody out of their account."""
    async with open_vault(tmp_path, user_calls_per_second=1) as vault:
        alice, printer = await vault.person("alice"), await Backend.of(vault, ACT)
        service = await acting(vault, printer, alice)
        for _ in range(10):
            await service.call("GetAssetStats")
        while (refused := await _refused(service)) is None:
            pass
        assert refused == "RATE_LIMITED"
        await alice.call("GetAssetStats")


async def _refused(person: Person) -> str | None:
    try:
        await person.call("GetAssetStats")
    except grpc.aio.AioRpcError as error:
        return "RATE_LIMITED" if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED else str(error)
    return None


async def test_who_may_read_everything_downloads_nothing(watchful: Vault) -> None:
    """READ_ALL is what administrators see: a service in its own name has no files, nor may it put any there."""
    alice, reader = await watchful.person("alice"), await Backend.of(watchful, READ_ALL)
    file_id = await alice.stored(b"letter")
    own = bearer(await reader.own_token())
    request = pb.DownloadAssetRequest(asset_id=file_id)
    assert (await failure(rest_of(alice.stub.DownloadAsset(request, metadata=own)))).reason == "USER_TOKEN_REQUIRED"
    tokens = users_pb2.Tokens(access_token=await reader.own_token())
    service = Person("", tokens, watchful.channel(), watchful.upload_channel())
    assert (await failure(service.upload(file_id, b"other"))).reason == "USER_TOKEN_REQUIRED"
    assert await alice.download(file_id) == b"letter"
