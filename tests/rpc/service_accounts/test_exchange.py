"""Services that come in with a key and act for users, over a real server on SQLite."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from emo.assets.v1 import assets_pb2
from emo.users.v1 import users_pb2 as pb
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.service_accounts.domain.commands import RemoveServiceAccount, RevokeServiceKey, UpdateServiceAccount
from emo_grpc.service_accounts.domain.service_account import ServiceAccountState
from emo_grpc.settings import Settings
from emo_grpc.shared.domain.principal import ServicePermission
from rpc.services import Backend, bearer
from rpc.vault import Person, Vault, failure, open_vault

ACT, READ_ALL = ServicePermission.ACT_FOR_USERS, ServicePermission.READ_ALL
KEY, TOKEN = pb.TOKEN_TYPE_SERVICE_KEY, pb.TOKEN_TYPE_ACCESS_TOKEN


async def test_a_backend_keeps_and_gets_a_users_files(vault: Vault, alice: Person) -> None:
    """With the token that it got for the user it does what the user can, and the log names both."""
    printer = await Backend.of(vault, ACT)
    asset_id = await alice.stored(b"a lake")
    own = await printer.own_token()
    answer = await printer.exchange(user_id=alice.user_id, actor_token=own, actor_token_type=TOKEN, scopes=["assets"])
    assert (answer.user_id, answer.service_account_id) == (alice.user_id, str(printer.actor))
    assert list(answer.scopes) == ["assets"]
    delegate = Person(alice.user_id, pb.Tokens(access_token=answer.access_token), printer.channel, alice.upload_channel)
    assert await delegate.download(asset_id) == b"a lake"
    with capture_logs() as lines:
        assert (await delegate.asset(asset_id)).title == "Lake"
    (line,) = [line for line in lines if line["event"] == "call"]
    assert (line["user_id"], line["actor_id"]) == (alice.user_id, str(printer.actor))
    scoped = delegate.users.GetMe(pb.GetMeRequest(), metadata=delegate.metadata)
    assert (await failure(scoped)).brief == "PERMISSION_DENIED SCOPE_REQUIRED"


async def test_what_a_password_is_asked_for_is_not_for_services(vault: Vault, alice: Person) -> None:
    """No token that a service gets for a user is fresh."""
    metadata = bearer(await (await Backend.of(vault, ACT)).token_for(alice.user_id))
    for call in (
        alice.users.ChangePassword(pb.ChangePasswordRequest(), metadata=metadata),
        alice.users.DeleteMe(pb.DeleteMeRequest(), metadata=metadata),
    ):
        assert (await failure(call)).brief == "UNAUTHENTICATED FRESH_LOGIN_REQUIRED"


async def test_a_user_sees_who_acts_for_them_and_ends_it(vault: Vault, alice: Person) -> None:
    """The session names the service; when the user ends it, its tokens are over at once."""
    printer = await Backend.of(vault, ACT)
    metadata = bearer(await printer.token_for(alice.user_id))
    listed: Any = await alice.users.ListSessions(pb.ListSessionsRequest(), metadata=alice.metadata)
    acting, login = listed.sessions
    assert (acting.actor.name, acting.actor.service_account_id) == ("printer", str(printer.actor))
    assert (acting.current, login.current) == (False, True)
    assert not login.HasField("actor")
    await alice.users.GetMe(pb.GetMeRequest(), metadata=metadata)
    await alice.users.RevokeSession(pb.RevokeSessionRequest(session_id=acting.session_id), metadata=alice.metadata)
    found = await failure(alice.users.GetMe(pb.GetMeRequest(), metadata=metadata))
    assert found.brief == "UNAUTHENTICATED SESSION_REVOKED"


@pytest.mark.parametrize("how", ["revoked", "disabled", "removed"])
async def test_the_end_of_a_key_is_the_end_of_its_tokens(vault: Vault, alice: Person, how: str) -> None:
    """At once, its own as well as those for users; later on nothing of it is in the user's list."""
    printer = await Backend.of(vault, ACT, READ_ALL)
    own, mine = bearer(await printer.own_token()), bearer(await printer.token_for(alice.user_id))
    await alice.users.ListUsers(pb.ListUsersRequest(), metadata=own)
    await alice.users.GetMe(pb.GetMeRequest(), metadata=mine)
    bus, account = vault.parts.contexts.service_accounts.bus, printer.actor
    if how == "revoked":
        await bus.handle(RevokeServiceKey(service_account_id=account, key_id=printer.key_id))
    elif how == "disabled":
        await bus.handle(UpdateServiceAccount(service_account_id=account, state=ServiceAccountState.DISABLED))
    else:
        await bus.handle(RemoveServiceAccount(service_account_id=account))
    for call in (
        alice.users.ListUsers(pb.ListUsersRequest(), metadata=own),
        alice.users.GetMe(pb.GetMeRequest(), metadata=mine),
    ):
        assert (await failure(call)).brief == "UNAUTHENTICATED SESSION_REVOKED"
    assert (await failure(printer.own_token())).brief == "UNAUTHENTICATED SERVICE_KEY_INVALID"
    await vault.deliver()
    listed: Any = await alice.users.ListSessions(pb.ListSessionsRequest(), metadata=alice.metadata)
    assert len(listed.sessions) == (2 if how == "revoked" else 1)


async def test_bad_keys(vault: Vault, alice: Person) -> None:
    """A typo is told as one, without a look at the store; from another network even the right key is refused."""
    printer = await Backend.of(vault, ACT)
    elsewhere = await Backend.of(vault, ACT, name="elsewhere", networks=["192.0.2.0/24"])
    wrong = printer.key[:50] + ("A" if printer.key[50] != "A" else "B") + printer.key[51:]
    for fields, brief in (
        ({"subject_token": wrong, "subject_token_type": KEY}, "INVALID_ARGUMENT SERVICE_KEY_MISTYPED"),
        ({"subject_token": elsewhere.key, "subject_token_type": KEY}, "PERMISSION_DENIED NETWORK_NOT_ALLOWED"),
        (
            {"user_id": alice.user_id, "actor_token": elsewhere.key, "actor_token_type": KEY},
            "PERMISSION_DENIED NETWORK_NOT_ALLOWED",
        ),
        ({"user_id": alice.user_id, "actor_token": wrong, "actor_token_type": TOKEN}, "UNAUTHENTICATED TOKEN_INVALID"),
    ):
        found = await failure(printer.exchange(**fields))
        assert found.brief == brief
        assert wrong not in repr(found)


async def test_a_token_from_another_network(vault: Vault, alice: Person) -> None:
    """What a service got before it was bound to a network is refused elsewhere at the next call."""
    printer = await Backend.of(vault, ACT, READ_ALL)
    own, mine = bearer(await printer.own_token()), bearer(await printer.token_for(alice.user_id))
    bus = vault.parts.contexts.service_accounts.bus
    networks = (await Backend.of(vault, name="other", networks=["192.0.2.0/24"])).actor
    allowed = (await vault.parts.contexts.service_accounts.views.service_account(networks)).networks
    await bus.handle(UpdateServiceAccount(service_account_id=printer.actor, networks=allowed))
    for call in (
        alice.users.ListUsers(pb.ListUsersRequest(), metadata=own),
        alice.users.GetMe(pb.GetMeRequest(), metadata=mine),
    ):
        assert (await failure(call)).brief == "PERMISSION_DENIED NETWORK_NOT_ALLOWED"


async def test_who_hides_behind_a_proxy_has_not_its_network(tmp_path: Path) -> None:
    """A key that is bound to the network of the proxy is not had by headers that the proxy does not vouch for."""
    proxies = Settings(_env_file=None, trusted_proxies="127.0.0.0/8").trusted_proxies
    async with open_vault(tmp_path, trusted_proxies=proxies) as vault:
        printer = await Backend.of(vault, ACT, networks=["127.0.0.0/8"])
        request = pb.ExchangeTokenRequest(subject_token=printer.key, subject_token_type=KEY)
        stub: Any = UsersServiceStub(printer.channel)
        own = bearer((await stub.ExchangeToken(request)).access_token)
        seen, made_up = ("x-forwarded-for", "203.0.113.66"), ("forwarded", "for=127.0.0.5")
        for metadata in ((seen,), (seen, made_up)):
            found = await failure(stub.ExchangeToken(request, metadata=metadata))
            assert found.brief == "PERMISSION_DENIED NETWORK_NOT_ALLOWED"
            found = await failure(stub.ListUsers(pb.ListUsersRequest(), metadata=(*own, *metadata)))
            assert found.brief == "PERMISSION_DENIED NETWORK_NOT_ALLOWED"


async def test_names_every_wrong_field(vault: Vault) -> None:
    """What is missing, or does not go together, is named."""
    printer = await Backend.of(vault, ACT)
    for fields, expected in (
        ({}, {"subject"}),
        ({"subject_token": "x"}, {"subject_token_type"}),
        ({"subject_token": "x", "subject_token_type": TOKEN}, {"subject_token_type"}),
        (
            {"subject_token": "x", "subject_token_type": KEY, "actor_token": "y", "scopes": ["z"]},
            {"actor_token", "scopes"},
        ),
        ({"user_id": "x"}, {"user_id", "actor_token"}),
        (
            {"username": "ana", "actor_token": "x", "subject_token_type": KEY},
            {"actor_token_type", "subject_token_type"},
        ),
    ):
        found = await failure(printer.exchange(**fields))
        assert (found.code, set(found.fields)) == ("INVALID_ARGUMENT", expected), fields


async def test_many_at_once_are_one_session(vault: Vault, alice: Person) -> None:
    """Twenty exchanges at the same moment give twenty good tokens of one session."""
    printer = await Backend.of(vault, ACT)
    tokens = await asyncio.gather(*(printer.token_for(alice.user_id) for _ in range(20)))
    for token in tokens:
        await alice.users.GetMe(pb.GetMeRequest(), metadata=bearer(token))
    listed: Any = await alice.users.ListSessions(pb.ListSessionsRequest(), metadata=alice.metadata)
    assert len(listed.sessions) == 2


async def test_a_reading_service_sees_no_more_than_an_administrator(vault: Vault, alice: Person) -> None:
    """Extra private assets are in no list of everybody's, and pages go on for the service alone."""
    reader = await Backend.of(vault, READ_ALL)
    for number in range(2):
        await alice.create(title=f"shown {number}")
    await alice.create(title="private", extra_private=True)
    request = assets_pb2.ListAllAssetsRequest(page_size=1)
    metadata = bearer(await reader.own_token())
    page: Any = await alice.stub.ListAllAssets(request, metadata=metadata)
    titles = [asset.title for asset in page.assets]
    request.page_token = page.next_page_token
    other = bearer(await (await Backend.of(vault, READ_ALL, name="other")).own_token())
    found = await failure(alice.stub.ListAllAssets(request, metadata=other))
    assert found.brief == "INVALID_ARGUMENT INVALID_PAGE_TOKEN"
    page = await alice.stub.ListAllAssets(request, metadata=metadata)
    titles += [asset.title for asset in page.assets]
    assert titles == ["shown 1", "shown 0"]
    assert page.next_page_token == ""


async def test_a_service_makes_accounts(vault: Vault) -> None:
    """They are active at once, without a password nobody logs in, and the service can act for them."""
    signup = await Backend.of(vault, ServicePermission.REGISTER_USERS, ACT)
    stub: Any = UsersServiceStub(signup.channel)
    metadata = bearer(await signup.own_token())
    fields = {"username": "dora", "email": "dora@example.org", "public_name": "Dora", "locale": "ca"}
    request = pb.CreateUserRequest(**fields, request_id=str(uuid4()))
    user_id = (await stub.CreateUser(request, metadata=metadata)).user_id
    assert (await stub.CreateUser(request, metadata=metadata)).user_id == user_id
    request.public_name = "Other"
    found = await failure(stub.CreateUser(request, metadata=metadata))
    assert found.brief == "ALREADY_EXISTS REQUEST_ID_REUSED"
    me: Any = await stub.GetMe(pb.GetMeRequest(), metadata=bearer(await signup.token_for(user_id)))
    assert (me.user.state, me.user.public_name, me.user.locale) == (pb.USER_STATE_ACTIVE, "Dora", "ca")
    assert list(me.user.roles) == [pb.ROLE_USER]
    for password in ("correct horse", "x"):
        found = await failure(stub.Login(pb.LoginRequest(username="dora", password=password)))
        assert found.brief == "UNAUTHENTICATED INVALID_CREDENTIALS"
    wrong = pb.CreateUserRequest(username="E", email="e", password="short", locale="!", request_id="x")
    found = await failure(stub.CreateUser(wrong, metadata=metadata))
    assert set(found.fields) == {"username", "email", "password", "locale", "request_id"}
