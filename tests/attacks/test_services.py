"""Keys and tokens of services, in the hands of those who should not have them, or used for what they are not for."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from emo.users.v1 import users_pb2 as pb
from emo_grpc.service_accounts.domain.commands import CreateServiceKey, RevokeServiceKey
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.users.domain.user import Role
from rpc.services import Backend, bearer
from rpc.vault import Vault, failure

ACT, ADMIN = ServicePermission.ACT_FOR_USERS, ServicePermission.ADMIN
KEY, TOKEN, JWT = pb.TOKEN_TYPE_SERVICE_KEY, pb.TOKEN_TYPE_ACCESS_TOKEN, pb.TOKEN_TYPE_JWT


async def test_keys_that_are_not_good(any_vault: Vault) -> None:
    """Expired, revoked, of another network, with one character wrong, and in place of other tokens: none comes in."""
    printer = await Backend.of(any_vault, ACT)
    bound = await Backend.of(any_vault, ACT, name="bound", networks=["192.0.2.0/24"])
    bus, now = any_vault.parts.contexts.service_accounts.bus, any_vault.clock()
    expiring = await bus.handle(
        CreateServiceKey(service_account_id=printer.actor, expire_time=now + timedelta(minutes=1))
    )
    revoked = await bus.handle(CreateServiceKey(service_account_id=printer.actor))
    await bus.handle(RevokeServiceKey(service_account_id=printer.actor, key_id=revoked.key_id))
    any_vault.clock.ahead = timedelta(minutes=1)
    mistyped = printer.key[:30] + ("0" if printer.key[30] != "0" else "1") + printer.key[31:]
    ann = await any_vault.person("ann")
    for key, kind, brief in (
        (expiring.text, KEY, "UNAUTHENTICATED SERVICE_KEY_INVALID"),
        (revoked.text, KEY, "UNAUTHENTICATED SERVICE_KEY_INVALID"),
        (bound.key, KEY, "PERMISSION_DENIED NETWORK_NOT_ALLOWED"),
        (mistyped, KEY, "INVALID_ARGUMENT SERVICE_KEY_MISTYPED"),
        (ann.tokens.access_token, KEY, "INVALID_ARGUMENT SERVICE_KEY_MISTYPED"),
        (ann.tokens.refresh_token, KEY, "INVALID_ARGUMENT SERVICE_KEY_MISTYPED"),
        ("k" * 1_000_000, KEY, "INVALID_ARGUMENT SERVICE_KEY_MISTYPED"),
        (printer.key, JWT, "UNAUTHENTICATED TOKEN_INVALID"),
    ):
        found = await failure(printer.exchange(subject_token=key, subject_token_type=kind))
        assert found.brief == brief, (key[:20], kind)
    for call in (ann.users.GetMe(pb.GetMeRequest(), metadata=bearer(printer.key)),):
        assert (await failure(call)).brief == "UNAUTHENTICATED TOKEN_INVALID"


async def test_no_service_gets_further_by_its_tokens(any_vault: Vault) -> None:
    """No chain of actors, nothing that asks for a password, and no administrator by way of a user."""
    printer = await Backend.of(any_vault, ACT)
    ann, root = await any_vault.person("ann"), await any_vault.person("root", Role.ADMIN)
    own, mine = await printer.own_token("assets"), await printer.token_for(ann.user_id)
    for fields, brief in (
        ({"user_id": ann.user_id, "actor_token": mine}, "UNAUTHENTICATED TOKEN_INVALID"),
        ({"user_id": ann.user_id, "actor_token": ann.tokens.access_token}, "UNAUTHENTICATED TOKEN_INVALID"),
        ({"user_id": root.user_id, "actor_token": own}, "PERMISSION_DENIED SERVICE_PERMISSION_REQUIRED"),
        ({"user_id": ann.user_id, "actor_token": own, "scopes": ["users"]}, "PERMISSION_DENIED SCOPE_REQUIRED"),
    ):
        assert (await failure(printer.exchange(actor_token_type=TOKEN, **fields))).brief == brief
    for call, brief in (
        (ann.users.DeleteMe(pb.DeleteMeRequest(), metadata=bearer(mine)), "UNAUTHENTICATED FRESH_LOGIN_REQUIRED"),
        (ann.users.ListUsers(pb.ListUsersRequest(), metadata=bearer(mine)), "PERMISSION_DENIED ADMIN_REQUIRED"),
        (ann.users.GetMe(pb.GetMeRequest(), metadata=bearer(own)), "PERMISSION_DENIED SCOPE_REQUIRED"),
    ):
        assert (await failure(call)).brief == brief
    promote = pb.SetUserRolesRequest(user_id=ann.user_id, roles=[pb.ROLE_ADMIN])
    await root.users.SetUserRoles(promote, metadata=root.metadata)
    found = await failure(ann.users.ListUsers(pb.ListUsersRequest(), metadata=bearer(mine)))
    assert found.brief == "UNAUTHENTICATED SESSION_REVOKED"


async def test_twenty_at_once_are_one_session(any_vault: Vault) -> None:
    """However a service hurries, the user has one line to end, and ends all of it; its key is noted once."""
    printer, ann = await Backend.of(any_vault, ACT), await any_vault.person("ann")
    tokens = await asyncio.gather(*(printer.token_for(ann.user_id) for _ in range(20)))
    listed: Any = await ann.users.ListSessions(pb.ListSessionsRequest(), metadata=ann.metadata)
    (acting,) = [session for session in listed.sessions if session.HasField("actor")]
    for token in tokens:
        await ann.users.GetMe(pb.GetMeRequest(), metadata=bearer(token))
    revoke = pb.RevokeSessionRequest(session_id=acting.session_id)
    await ann.users.RevokeSession(revoke, metadata=ann.metadata)
    for token in tokens:
        found = await failure(ann.users.GetMe(pb.GetMeRequest(), metadata=bearer(token)))
        assert found.brief == "UNAUTHENTICATED SESSION_REVOKED"
    stored = await any_vault.parts.engines.metadata.service_accounts_reader.with_keys(printer.actor)
    assert stored is not None
    assert stored.version == 3  # made, given a key, the key used


@pytest.mark.parametrize("permission", [ServicePermission.READ_ALL, ServicePermission.REGISTER_USERS])
async def test_a_permission_is_no_more_than_it_says(any_vault: Vault, permission: ServicePermission) -> None:
    """Who reads all changes nothing, and who registers people neither makes administrators nor acts for anybody."""
    service = await Backend.of(any_vault, permission)
    ann = await any_vault.person("ann")
    metadata = bearer(await service.own_token())
    for call in (
        ann.users.SetUserRoles(pb.SetUserRolesRequest(user_id=ann.user_id, roles=[pb.ROLE_ADMIN]), metadata=metadata),
        ann.users.RemoveUser(pb.RemoveUserRequest(user_id=ann.user_id), metadata=metadata),
        service.token_for(ann.user_id),
    ):
        assert (await failure(call)).brief == "PERMISSION_DENIED SERVICE_PERMISSION_REQUIRED"
