"""What people see of what has happened to their accounts."""

from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from emo.audit.v1 import audit_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.audit.trail import all_events, kinds, my_activity, noted, stub
from rpc.vault import PASSWORD, Person, Vault, failure


async def log_in(person: Person, password: str = PASSWORD) -> Any:
    request = users_pb2.LoginRequest(username="alice", password=password, device_id="phone")
    return await person.users.Login(request, metadata=(("x-request-id", "my-own-id"),))


async def test_what_people_do_is_told_to_them(alice: Person) -> None:
    """Logins, changes and ends of sessions, latest first, with device, address and request id."""
    second = (await log_in(alice)).tokens
    user = users_pb2.User(public_name="Alice")
    await alice.users.UpdateMe(users_pb2.UpdateMeRequest(user=user), metadata=alice.metadata)
    await alice.users.Logout(users_pb2.LogoutRequest(refresh_token=second.refresh_token))
    change = users_pb2.ChangePasswordRequest(old_password=PASSWORD, new_password="battery staple")
    await alice.users.ChangePassword(change, metadata=alice.metadata)
    events = await my_activity(alice)
    assert kinds(events) == [
        "password_changed", "session_ended", "profile_changed", "login", "login", "account_created",
    ]  # fmt: skip
    changed, ended, profile, login, _, created = events
    assert (login.details["device_id"], login.peer, login.request_id) == ("phone", "127.0.0.1", "my-own-id")
    assert login.method == "/emo.users.v1.UsersService/Login"
    assert ended.details["session_id"] == login.details["session_id"]
    assert (profile.details["fields"], changed.details["ended_sessions"]) == ("public_name", "0")
    assert {event.actor.user_id for event in events[:-1]} == {alice.user_id}
    assert created.actor_kind == pb.ACTOR_KIND_SYSTEM
    assert {event.account.user_id for event in events} == {alice.user_id}
    assert not any(event.account.pseudonym or event.actor.pseudonym for event in events)


async def test_failed_logins_are_told_to_whom_they_concern(vault: Vault, alice: Person) -> None:
    """With the address from where; a name that nobody has concerns nobody."""
    with pytest.raises(grpc.aio.AioRpcError):
        await log_in(alice, "wrong")
    with pytest.raises(grpc.aio.AioRpcError):
        await alice.users.Login(users_pb2.LoginRequest(username="nobody", password="wrong"))
    wrong = users_pb2.ChangePasswordRequest(old_password="wrong", new_password="battery staple")
    await failure(alice.users.ChangePassword(wrong, metadata=alice.metadata))
    root = await vault.person("root", Role.ADMIN)
    await noted(root, 2, kind=pb.AUDIT_KIND_LOGIN_FAILED)
    change, login = (await my_activity(alice, kind=pb.AUDIT_KIND_LOGIN_FAILED))[:2]
    assert (login.reason, login.peer, login.actor_kind) == (
        "INVALID_CREDENTIALS", "127.0.0.1", pb.ACTOR_KIND_ANONYMOUS,
    )  # fmt: skip
    assert (change.actor_kind, change.method) == (pb.ACTOR_KIND_USER, "/emo.users.v1.UsersService/ChangePassword")
    assert len(await all_events(root, kind=pb.AUDIT_KIND_LOGIN_FAILED)) == 2


async def test_a_disabled_account_is_told_who_tried(vault: Vault, alice: Person) -> None:
    """A right password that is refused is told of too, with the reason."""
    root = await vault.person("root", Role.ADMIN)
    state = users_pb2.SetUserStateRequest(user_id=alice.user_id, state=users_pb2.USER_STATE_DISABLED)
    await root.users.SetUserState(state, metadata=root.metadata)
    with pytest.raises(grpc.aio.AioRpcError):
        await log_in(alice)
    await noted(root, 1, user_id=alice.user_id)
    failed, *rest = await all_events(root, user_id=alice.user_id)
    assert (kinds([failed]), failed.reason) == (["login_failed"], "USER_DISABLED")
    assert kinds(rest) == ["admin_call", "state_changed", "login", "account_created"]


async def test_a_reused_refresh_token_is_told(vault: Vault, alice: Person) -> None:
    """The owner sees that a session was ended, and why."""
    request = users_pb2.RefreshTokensRequest(refresh_token=alice.tokens.refresh_token)
    await alice.users.RefreshTokens(request)
    await failure(alice.users.RefreshTokens(request))
    again = await vault.logged_in("alice", alice.user_id)
    (ended,) = await my_activity(again, kind=pb.AUDIT_KIND_SESSION_ENDED)
    assert (ended.details["cause"], ended.actor_kind) == ("reused token", pb.ACTOR_KIND_ANONYMOUS)


async def test_nobody_sees_what_is_not_theirs(vault: Vault, alice: Person) -> None:
    """People see their own events alone, and of others who acted no more than what they are."""
    root = await vault.person("root", Role.ADMIN)
    roles = users_pb2.SetUserRolesRequest(user_id=alice.user_id, roles=[users_pb2.ROLE_USER])
    await root.users.SetUserRoles(roles, metadata=root.metadata)
    alice = await vault.logged_in("alice", alice.user_id)
    events = await my_activity(alice, kind=pb.AUDIT_KIND_ROLES_CHANGED)
    (changed,) = events
    assert (changed.actor_kind, changed.HasField("actor"), changed.peer) == (pb.ACTOR_KIND_USER, False, "")
    assert (changed.details["roles"], changed.details["ended_sessions"]) == ("user", "1")
    assert root.user_id not in str(await my_activity(alice))
    assert (await failure(all_events(alice))).brief == "PERMISSION_DENIED ADMIN_REQUIRED"


async def test_pages_and_times(alice: Person) -> None:
    """Pages follow each other without gaps, a time range narrows, and what makes no sense is refused by name."""
    for _ in range(4):
        await log_in(alice)
    everything = await my_activity(alice)
    first = await stub(alice).ListMyActivity(pb.ListMyActivityRequest(page_size=4), metadata=alice.metadata)
    request = pb.ListMyActivityRequest(page_size=4, page_token=first.next_page_token)
    second = await stub(alice).ListMyActivity(request, metadata=alice.metadata)
    assert [*first.events, *second.events] == everything
    assert not second.next_page_token
    begin, end = everything[3].event_time, everything[1].event_time
    assert await my_activity(alice, start_time=begin, end_time=end) == everything[2:4]
    found = await failure(my_activity(alice, start_time=end, end_time=begin))
    assert (found.code, found.fields) == ("INVALID_ARGUMENT", ["end_time"])
    assert (await failure(my_activity(alice, kind=99))).fields == ["kind"]
    assert (await failure(my_activity(alice, page_size=-1))).fields == ["page_size"]
    borrowed = pb.ListMyActivityRequest(page_token=first.next_page_token, kind=pb.AUDIT_KIND_LOGIN)
    found = await failure(stub(alice).ListMyActivity(borrowed, metadata=alice.metadata))
    assert found.reason == "INVALID_PAGE_TOKEN"


async def test_a_change_says_what_was_changed(alice: Person) -> None:
    """The entry of a change says which fields it was about."""
    mask = FieldMask(paths=["username", "locale"])
    user = users_pb2.User(username="alicia", locale="ca")
    await alice.users.UpdateMe(users_pb2.UpdateMeRequest(user=user, update_mask=mask), metadata=alice.metadata)
    (changed,) = await my_activity(alice, kind=pb.AUDIT_KIND_PROFILE_CHANGED)
    assert changed.details["fields"] == "username, locale"
