"""How services come in, in their own name and for users."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import jwt
import pytest

from emo_grpc.service_accounts.domain.errors import ServiceKeyInvalid
from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditKind
from emo_grpc.shared.domain.call_errors import ScopeRequired, ServicePermissionRequired
from emo_grpc.shared.domain.errors import EmoError, SessionRevoked, TokenExpired, TokenInvalid
from emo_grpc.shared.domain.events import ServiceAccountEnded
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.principal import Principal, ServicePermission, ServicePrincipal
from emo_grpc.shared.service_layer.audit.origin import THE_SERVER
from emo_grpc.users.domain.commands import SetUserRoles, SetUserState
from emo_grpc.users.domain.errors import RefreshTokenInvalid, UserDisabled, UserNotFound
from emo_grpc.users.domain.exchange_commands import (
    ActForUser,
    ExchangedToken,
    ExchangeServiceKey,
    Username,
)
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.secrets import RefreshToken
from emo_grpc.users.domain.session import REFRESH_LIFETIME
from emo_grpc.users.domain.session_commands import ChangePassword, RefreshTokens, RevokeSession
from emo_grpc.users.domain.user import Role, UserState

from .world import PASSWORD, World

ACT, ADMIN, READ = ServicePermission.ACT_FOR_USERS, ServicePermission.ADMIN, ServicePermission.READ_ALL
HERE = "192.0.2.7"


async def own_token(world: World, name: str = "printer", *scopes: str) -> ExchangedToken:
    return await world.bus.handle(ExchangeServiceKey(service_key=name, scopes=frozenset(scopes), peer=HERE))


async def acting(
    world: World,
    user: UserId | Username | ExternalIdentity,
    *scopes: str,
    token: str = "printer",
    kind: Literal["access_token", "service_key"] = "service_key",
) -> ExchangedToken:
    command = ActForUser(user=user, actor_token=token, actor_token_type=kind, scopes=frozenset(scopes), peer=HERE)
    return await world.bus.handle(command)


async def caller(world: World, token: ExchangedToken | str) -> Any:
    text = token if isinstance(token, str) else token.access_token
    return await world.of_anybody.authenticate(text, HERE)


async def test_a_key_gives_a_token_of_the_service(world: World) -> None:
    """Its bearer is that service and no user, for 15 minutes, with what the account may do now."""
    service = world.services.add("printer", READ)
    token = await own_token(world, "printer", "users")
    assert (token.actor, token.user_id, token.scopes) == (service.actor, None, frozenset({"users"}))
    assert token.expire_time == world.clock() + timedelta(minutes=15)
    assert await caller(world, token) == replace(service, scopes=frozenset({"users"}))
    world.services.add("printer", ADMIN)
    assert (await caller(world, token)).permissions == {ADMIN}
    with pytest.raises(ServiceKeyInvalid):
        await own_token(world, "plotter")
    world.clock.pass_by(timedelta(minutes=15))
    with pytest.raises(TokenExpired):
        await caller(world, token)


async def test_no_token_of_a_service_is_a_users(world: World) -> None:
    """Nor the other way round: their types differ, whatever else is the same."""
    world.services.add("printer", ACT)
    own, mine = await own_token(world), await acting(world, await world.register())
    claims = [jwt.decode(each.access_token, options={"verify_signature": False}) for each in (own, mine)]
    assert [each["typ"] for each in claims] == ["service", "access"]
    assert claims[0].keys().isdisjoint({"act"})
    assert claims[1]["act"] == {"sub": str(mine.actor), "sid": claims[0]["sid"]}
    assert isinstance(await caller(world, own), ServicePrincipal)
    assert isinstance(await caller(world, mine), Principal)


@pytest.mark.parametrize("kind", ["service_key", "access_token"])
async def test_a_service_acts_for_a_user(world: World, kind: Literal["access_token", "service_key"]) -> None:
    """By its key or its token, for a user by id or by name: never fresh, and for what was asked for."""
    service, ana = world.services.add("printer", ACT), await world.register()
    actor_token = "printer" if kind == "service_key" else (await own_token(world)).access_token
    for user in (ana, Username("Ana")):
        token = await acting(world, user, "assets", token=actor_token, kind=kind)
        assert (token.user_id, token.actor, token.scopes) == (ana, service.actor, frozenset({"assets"}))
        principal = await caller(world, token)
        assert (principal.user_id, principal.actor, principal.scopes) == (ana, service.actor, frozenset({"assets"}))
        assert not principal.is_fresh
        assert not principal.is_admin
        await world.of_anybody.confirm(principal, "192.0.2.1")


async def test_whom_it_may_act_for(world: World) -> None:
    """Nobody without the permission, no administrator without being one, and nobody who may not log in."""
    world.services.add("reader", READ, ADMIN)
    world.services.add("printer", ACT)
    world.services.add("root", ACT, ADMIN)
    ana, boss = await world.register(), await world.create("boss", Role.ADMIN)
    with pytest.raises(ServicePermissionRequired) as caught:
        await acting(world, ana, token="reader")
    assert caught.value.metadata == {"permission": "ACT_FOR_USERS"}
    with pytest.raises(ServicePermissionRequired) as caught:
        await acting(world, boss)
    assert caught.value.metadata == {"permission": "ADMIN"}
    assert (await caller(world, await acting(world, boss, token="root"))).is_admin
    for nobody in (UserId.new(), Username("nobody"), ExternalIdentity("https://issuer.example", "7")):
        with pytest.raises(UserNotFound):
            await acting(world, nobody)
    await world.bus.handle(SetUserState(user_id=ana, state=UserState.DISABLED))
    with pytest.raises(UserDisabled):
        await acting(world, ana)


async def test_an_administrator_only_as_long_as_the_service_is_one(world: World) -> None:
    """The permission that is taken away takes the role with it at the next call."""
    world.services.add("root", ACT, ADMIN)
    token = await acting(world, await world.create("boss", Role.ADMIN), token="root")
    world.services.add("root", ACT)
    assert not (await caller(world, token)).is_admin


async def test_a_user_who_becomes_an_administrator_is_left(world: World) -> None:
    """What a service got before does not make it one."""
    world.services.add("printer", ACT)
    ana = await world.register()
    token = await acting(world, ana)
    await world.bus.handle(SetUserRoles(user_id=ana, roles=frozenset({Role.ADMIN})))
    with pytest.raises(SessionRevoked):
        await caller(world, token)


async def test_scopes_only_narrow(world: World) -> None:
    """A service whose token is good for one thing gets nothing else for a user, and that if it asks for nothing."""
    world.services.add("printer", ACT)
    ana, own = await world.register(), (await own_token(world, "printer", "assets")).access_token
    assert (await acting(world, ana, token=own, kind="access_token")).scopes == {"assets"}
    with pytest.raises(ScopeRequired):
        await acting(world, ana, "assets", "users", token=own, kind="access_token")
    assert (await acting(world, ana)).scopes == set()


async def test_no_chains(world: World) -> None:
    """A token of a user, of any kind, is nobody's actor_token."""
    world.services.add("printer", ACT)
    ana = await world.register()
    delegated, login = (await acting(world, ana)).access_token, (await world.log_in()).access_token
    for token in (delegated, login, "nonsense", ""):
        with pytest.raises(TokenInvalid):
            await acting(world, ana, token=token, kind="access_token")


async def test_what_is_refused_is_told_of(world: World) -> None:
    """With whose account it is, why, and by whose token or key; what is asked for nobody is of nobody."""
    printer, reader = world.services.add("printer", ACT), world.services.add("reader", READ)
    ana, boss = await world.register(), await world.create("boss", Role.ADMIN)
    delegated, login = (await acting(world, ana)).access_token, (await world.log_in()).access_token
    by_printer, by_reader = (Actor(ActorKind.SERVICE, each.actor.value) for each in (printer, reader))
    for user in (
        ana,
        Username("ANA"),
        UserId.new(),
        Username("nobody"),
        ExternalIdentity("https://issuer.example", "7"),
    ):
        with pytest.raises(ServicePermissionRequired):
            await acting(world, user, token="reader")
    with pytest.raises(ServicePermissionRequired):
        await acting(world, boss)
    for token in (delegated, login, "nonsense"):
        with pytest.raises(TokenInvalid):
            await acting(world, boss, token=token, kind="access_token")
    with pytest.raises(ServiceKeyInvalid):
        await acting(world, ana, token="plotter")
    assert [(entry.account, entry.reason, entry.origin.actor) for entry in world.refusals.entries] == [
        (ana, "SERVICE_PERMISSION_REQUIRED", by_reader),
        (ana, "SERVICE_PERMISSION_REQUIRED", by_reader),
        (boss, "SERVICE_PERMISSION_REQUIRED", by_printer),
        (boss, "TOKEN_INVALID", by_printer),
        (boss, "TOKEN_INVALID", Actor.user(ana)),
        (boss, "TOKEN_INVALID", THE_SERVER.actor),
        (ana, "SERVICE_KEY_INVALID", THE_SERVER.actor),
    ]
    assert {entry.kind for entry in world.refusals.entries} == {AuditKind.LOGIN_FAILED}


async def test_all_of_it_is_one_session(world: World) -> None:
    """However often a service gets a token of a user, and it is noted once a minute; the user sees who it is."""
    service, ana = world.services.add("printer", ACT), await world.register()
    await acting(world, ana)
    (first,) = (await world.views.sessions(ana, limit=9)).items
    assert first.actor is not None
    assert (first.actor.actor_id, first.actor.name) == (service.actor, "printer")
    world.clock.pass_by(timedelta(seconds=59))
    await acting(world, ana)
    assert (await world.views.sessions(ana, limit=9)).items == [first]
    world.clock.pass_by(timedelta(seconds=1))
    await acting(world, ana)
    (again,) = (await world.views.sessions(ana, limit=9)).items
    assert again == replace(first, last_used_time=world.clock(), expire_time=world.clock() + REFRESH_LIFETIME)
    world.services.by_name["printer"] = replace(service, name="plotter")
    await acting(world, ana)
    (renamed,) = (await world.views.sessions(ana, limit=9)).items
    assert renamed.actor is not None
    assert renamed.actor.name == "plotter"


async def test_what_ends_its_session_ends_its_tokens(world: World) -> None:
    """The user's word, another password, and that the key or the permission of the service is gone."""
    service, ana = world.services.add("printer", ACT), await world.register()
    login = await world.authenticator.authenticate((await world.log_in()).access_token)

    async def revoke(token: ExchangedToken) -> None:
        session_id = SessionId((await caller(world, token)).session_id)
        await world.bus.handle(RevokeSession(user_id=ana, session_id=session_id))

    async def change_password(_: ExchangedToken) -> None:
        own = SessionId(login.session_id)
        await world.bus.handle(
            ChangePassword(user_id=ana, session_id=own, old_password=PASSWORD, new_password="battery staple")
        )

    async def lose_the_key(_: ExchangedToken) -> None:
        world.services.by_name["printer"] = replace(service, key_id=ActorId.new().value)

    async def lose_the_permission(_: ExchangedToken) -> None:
        world.services.add("printer", READ)

    for end in (revoke, change_password, lose_the_key, lose_the_permission):
        world.services.by_name["printer"] = service
        token = await acting(world, ana)
        principal = await caller(world, token)
        await end(token)
        with pytest.raises(SessionRevoked):
            await caller(world, token)
        with pytest.raises(SessionRevoked):
            await world.of_anybody.confirm(principal, "192.0.2.1")


async def test_a_new_session_revives_no_old_token(world: World) -> None:
    """After the user's word the service may begin again, and what it had before stays dead."""
    world.services.add("printer", ACT)
    ana = await world.register()
    old = await acting(world, ana)
    session_id = SessionId((await caller(world, old)).session_id)
    await world.bus.handle(RevokeSession(user_id=ana, session_id=session_id))
    new = await acting(world, ana)
    await caller(world, new)
    with pytest.raises(SessionRevoked):
        await caller(world, old)


async def test_it_has_no_refresh_token(world: World) -> None:
    """Nothing that looks like one opens the session in which a service acts."""
    world.services.add("printer", ACT)
    token = await acting(world, await world.register())
    session_id = SessionId((await caller(world, token)).session_id)
    with pytest.raises(RefreshTokenInvalid):
        await world.bus.handle(RefreshTokens(refresh_token=RefreshToken.first(session_id).text))


async def test_its_session_expires(world: World) -> None:
    """30 days after its last token it is over, is shown no more, and the next one begins anew."""
    world.services.add("printer", ACT)
    ana = await world.register()
    first = (await caller(world, await acting(world, ana))).session_id
    world.clock.pass_by(REFRESH_LIFETIME)
    assert (await world.views.sessions(ana, limit=9)).items == []
    assert (await caller(world, await acting(world, ana))).session_id != first


async def test_a_service_that_is_gone_leaves_the_lists(world: World) -> None:
    """What it did for users goes, however many they are, and twice is no error."""
    service, ana = world.services.add("printer", ACT), await world.register()
    await world.log_in()
    await acting(world, ana)
    for _ in range(2):
        await world.events[ServiceAccountEnded]["end_sessions_of_actor"](ServiceAccountEnded(service.actor), uuid4())
    (left,) = (await world.views.sessions(ana, limit=9)).items
    assert left.actor is None


async def test_bad_keys_are_counted_and_good_ones_are_not(world: World) -> None:
    """Who tries one bad key again and again has to wait, and a service with a good one never has."""
    world.services.add("printer")
    reasons = []
    for _ in range(12):
        with pytest.raises(EmoError) as caught:
            await own_token(world, "plotter")
        reasons.append(caught.value.reason)
    assert reasons == ["SERVICE_KEY_INVALID"] * 10 + ["RATE_LIMITED"] * 2
    for _ in range(12):
        await own_token(world)
