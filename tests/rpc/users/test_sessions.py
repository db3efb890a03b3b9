"""Sessions over a real server on SQLite."""

from uuid import uuid4

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode
from grpc_status import rpc_status

from emo.users.v1 import users_pb2 as pb

from .people import PASSWORD, People, bearer, failure

NEW = "battery staple"


async def test_logs_in_by_email(people: People) -> None:
    """Tokens come with their owner and their times."""
    user_id = await people.register()
    request = pb.LoginRequest(email="ANA@example.org", password=PASSWORD, device_id="phone", scopes=["users"])
    tokens = (await people.stub.Login(request)).tokens
    assert tokens.user_id == user_id
    assert tokens.refresh_expire_time.seconds - tokens.access_expire_time.seconds > 29 * 24 * 3600
    await people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(tokens))


async def test_names_every_wrong_field(people: People) -> None:
    """All wrong fields of a login are named at once."""
    code, _, fields = await failure(people.stub.Login(pb.LoginRequest(scopes=["all"], device_id="\x00")))
    assert code is StatusCode.INVALID_ARGUMENT
    assert fields == ["identifier", "password", "device_id", "scopes"]
    fields = (await failure(people.stub.Login(pb.LoginRequest(email="", password=PASSWORD))))[2]
    assert fields == ["email"]


async def test_throttles(people: People) -> None:
    """Too many wrong passwords are answered with when to come back."""
    request = pb.LoginRequest(username="nobody", password=PASSWORD)
    for _ in range(10):
        assert (await failure(people.stub.Login(request)))[:2] == (StatusCode.UNAUTHENTICATED, "INVALID_CREDENTIALS")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await people.stub.Login(request)
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED
    status = rpc_status.from_call(caught.value)
    assert status is not None
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in status.details)
    assert 0 < retry.retry_delay.ToTimedelta().total_seconds() <= 30


async def test_a_known_device_does_not_wait(people: People) -> None:
    """The device token of a login brings in through a throttle, and is replaced by the next one."""
    await people.register()
    request = pb.LoginRequest(username="ana", password=PASSWORD)
    first = (await people.stub.Login(request)).device_token
    assert len(first) == 75
    for _ in range(10):
        await failure(people.stub.Login(pb.LoginRequest(username="ana", password="wrong password")))
    assert (await failure(people.stub.Login(request)))[1] == "LOGIN_THROTTLED"
    request.device_token = first
    assert len((await people.stub.Login(request)).device_token) == 75


async def test_refreshes_and_logs_out(people: People) -> None:
    """Tokens are rotated; a spent one ends the session; logging out twice is no error."""
    await people.register()
    first = await people.log_in()
    second = (await people.stub.RefreshTokens(pb.RefreshTokensRequest(refresh_token=first.refresh_token))).tokens
    assert second.refresh_token != first.refresh_token
    request = pb.ChangePasswordRequest(old_password=PASSWORD, new_password="battery staple")
    code, reason, _ = await failure(people.stub.ChangePassword(request, metadata=bearer(second)))
    assert (code, reason) == (StatusCode.UNAUTHENTICATED, "FRESH_LOGIN_REQUIRED")
    again = pb.RefreshTokensRequest(refresh_token=first.refresh_token)
    code, reason, _ = await failure(people.stub.RefreshTokens(again))
    assert (code, reason) == (StatusCode.UNAUTHENTICATED, "REFRESH_TOKEN_REUSED")
    for token in (second.refresh_token, second.refresh_token, ""):
        await people.stub.Logout(pb.LogoutRequest(refresh_token=token))
    code, reason, _ = await failure(people.stub.RefreshTokens(pb.RefreshTokensRequest(refresh_token="x")))
    assert (code, reason) == (StatusCode.UNAUTHENTICATED, "REFRESH_TOKEN_INVALID")


async def test_refresh_token_is_no_access_token(people: People) -> None:
    """A refresh token opens nothing."""
    await people.register()
    tokens = await people.log_in()
    caller = (("authorization", f"Bearer {tokens.refresh_token}"),)
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=caller)))[1] == "TOKEN_INVALID"


async def test_changes_the_password(people: People) -> None:
    """The caller's session goes on, the others end."""
    await people.register()
    mine, other = await people.log_in(), await people.log_in()
    request = pb.ChangePasswordRequest(old_password=PASSWORD, new_password="short")
    assert (await failure(people.stub.ChangePassword(request, metadata=bearer(mine))))[2] == ["new_password"]
    request.new_password = "battery staple"
    await people.stub.ChangePassword(request, metadata=bearer(mine))
    await people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(mine))
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(other))))[1] == "SESSION_REVOKED"
    await people.log_in(password="battery staple")


async def test_a_change_of_the_password_makes_strangers_of_other_devices(people: People) -> None:
    """The device that changes it is let in while others guess, by the token of the answer; the others wait."""
    await people.register()
    request = pb.LoginRequest(username="ana", password=PASSWORD)
    mine, other = await people.stub.Login(request), await people.stub.Login(request)
    change = pb.ChangePasswordRequest(old_password=PASSWORD, new_password=NEW, device_token=mine.device_token)
    answer = await people.stub.ChangePassword(change, metadata=bearer(mine.tokens))
    for _ in range(10):
        await failure(people.stub.Login(pb.LoginRequest(username="ana", password="wrong password")))
    for token in (mine.device_token, other.device_token):
        known = pb.LoginRequest(username="ana", password=NEW, device_token=token)
        assert (await failure(people.stub.Login(known)))[1] == "LOGIN_THROTTLED"
    known = pb.LoginRequest(username="ana", password=NEW, device_token=answer.device_token)
    assert (await people.stub.Login(known)).tokens.access_token


async def test_lists_and_revokes_sessions(people: People) -> None:
    """Sessions are paged, the call's own is marked, and a revoked one ends at once."""
    await people.register()
    phone = await people.log_in(device_id="phone")
    laptop = bearer(await people.log_in(device_id="laptop"))
    first = await people.stub.ListSessions(pb.ListSessionsRequest(page_size=1), metadata=laptop)
    request = pb.ListSessionsRequest(page_size=1, page_token=first.next_page_token)
    second = await people.stub.ListSessions(request, metadata=laptop)
    sessions = [*first.sessions, *second.sessions]
    assert [(session.device_id, session.current) for session in sessions] == [("laptop", True), ("phone", False)]
    assert second.next_page_token == ""
    revoke = pb.RevokeSessionRequest(session_id=sessions[1].session_id)
    await people.stub.RevokeSession(revoke, metadata=laptop)
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(phone))))[1] == "SESSION_REVOKED"
    code, reason, _ = await failure(people.stub.RevokeSession(revoke, metadata=laptop))
    assert (code, reason) == (StatusCode.NOT_FOUND, "SESSION_NOT_FOUND")


async def test_page_tokens_are_bound(people: People) -> None:
    """A page token is good for the same caller and the same list only."""
    root, user_id = await people.admin(), await people.register()
    promote = pb.SetUserRolesRequest(user_id=user_id, roles=[pb.ROLE_ADMIN])
    await people.stub.SetUserRoles(promote, metadata=root)
    ana, _ = [bearer(await people.log_in()) for _ in range(2)]
    of_users = (await people.stub.ListUsers(pb.ListUsersRequest(page_size=1), metadata=ana)).next_page_token
    of_sessions = (await people.stub.ListSessions(pb.ListSessionsRequest(page_size=1), metadata=ana)).next_page_token
    assert of_users
    assert of_sessions
    for call in [
        people.stub.ListUsers(pb.ListUsersRequest(page_token=of_users), metadata=root),
        people.stub.ListUsers(pb.ListUsersRequest(page_token=of_sessions), metadata=ana),
        people.stub.ListSessions(pb.ListSessionsRequest(page_token=of_users), metadata=ana),
    ]:
        assert (await failure(call))[1] == "INVALID_PAGE_TOKEN"


async def test_bad_requests(people: People) -> None:
    """Bad ids, sizes and page tokens are named."""
    await people.register()
    caller = bearer(await people.log_in())
    revoke = pb.RevokeSessionRequest(session_id=f"{uuid4()}x")
    assert (await failure(people.stub.RevokeSession(revoke, metadata=caller)))[2] == ["session_id"]
    listing = pb.ListSessionsRequest(page_size=-1)
    assert (await failure(people.stub.ListSessions(listing, metadata=caller)))[2] == ["page_size"]
    listing = pb.ListSessionsRequest(page_token="nonsense")
    code, reason, _ = await failure(people.stub.ListSessions(listing, metadata=caller))
    assert (code, reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN")
