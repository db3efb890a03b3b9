"""What administrators do, over a real server on SQLite."""

from uuid import uuid4

from grpc import StatusCode

from emo.users.v1 import users_pb2 as pb

from .people import People, bearer, failure


async def test_lists_and_shows_users(people: People) -> None:
    """An administrator sees all accounts, latest first, in pages, and any single one."""
    admin = await people.admin()
    made = [await people.register(name) for name in ("ana", "ben")]
    first = await people.stub.ListUsers(pb.ListUsersRequest(page_size=2), metadata=admin)
    assert [user.user_id for user in first.users] == made[::-1]
    request = pb.ListUsersRequest(page_size=2, page_token=first.next_page_token)
    second = await people.stub.ListUsers(request, metadata=admin)
    assert [user.username for user in second.users] == ["root"]
    assert list(second.users[0].roles) == [pb.ROLE_ADMIN]
    shown = await people.stub.GetUser(pb.GetUserRequest(user_id=made[0]), metadata=admin)
    assert shown.user == first.users[1]


async def test_sets_state_and_roles(people: People) -> None:
    """A disabled account is told so at login; a promoted one may do what administrators do."""
    admin = await people.admin()
    user_id = await people.register()
    tokens = await people.log_in()
    disable = pb.SetUserStateRequest(user_id=user_id, state=pb.USER_STATE_DISABLED)
    await people.stub.SetUserState(disable, metadata=admin)
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(tokens))))[1] == "SESSION_REVOKED"
    assert (await failure(people.log_in()))[:2] == (StatusCode.PERMISSION_DENIED, "USER_DISABLED")
    enable = pb.SetUserStateRequest(user_id=user_id, state=pb.USER_STATE_ACTIVE)
    await people.stub.SetUserState(enable, metadata=admin)
    promote = pb.SetUserRolesRequest(user_id=user_id, roles=[pb.ROLE_ADMIN, pb.ROLE_USER])
    await people.stub.SetUserRoles(promote, metadata=admin)
    await people.stub.ListUsers(pb.ListUsersRequest(), metadata=bearer(await people.log_in()))


async def test_removes(people: People) -> None:
    """A removed account is not found any more."""
    admin = await people.admin()
    request = pb.RemoveUserRequest(user_id=await people.register(), reason="by letter")
    await people.stub.RemoveUser(request, metadata=admin)
    code, reason, _ = await failure(people.stub.RemoveUser(request, metadata=admin))
    assert (code, reason) == (StatusCode.NOT_FOUND, "USER_NOT_FOUND")


async def test_the_last_admin_stays(people: People) -> None:
    """The last administrator can't be disabled, demoted or removed."""
    admin = await people.admin()
    me = (await people.stub.GetMe(pb.GetMeRequest(), metadata=admin)).user.user_id
    for call in [
        people.stub.SetUserState(pb.SetUserStateRequest(user_id=me, state=pb.USER_STATE_DISABLED), metadata=admin),
        people.stub.SetUserRoles(pb.SetUserRolesRequest(user_id=me, roles=[pb.ROLE_USER]), metadata=admin),
        people.stub.RemoveUser(pb.RemoveUserRequest(user_id=me), metadata=admin),
    ]:
        assert (await failure(call))[:2] == (StatusCode.FAILED_PRECONDITION, "LAST_ADMIN")


async def test_names_every_wrong_field(people: People) -> None:
    """Wrong ids, unknown enum values and long reasons are named together."""
    admin = await people.admin()
    wrong = [
        (people.stub.GetUser, pb.GetUserRequest(user_id="x"), {"user_id"}),
        (people.stub.SetUserState, pb.SetUserStateRequest(state=pb.USER_STATE_PENDING), {"user_id", "state"}),
        (people.stub.SetUserState, pb.SetUserStateRequest(user_id=str(uuid4())), {"state"}),
        (people.stub.SetUserRoles, pb.SetUserRolesRequest(), {"user_id", "roles"}),
        (people.stub.SetUserRoles, pb.SetUserRolesRequest(user_id=str(uuid4()), roles=[pb.ROLE_USER, 9]), {"roles"}),  # type: ignore[list-item]  # a later contract's role
        (people.stub.RemoveUser, pb.RemoveUserRequest(reason="r" * 501), {"user_id", "reason"}),
        (people.stub.ListUsers, pb.ListUsersRequest(page_size=-1), {"page_size"}),
    ]
    for method, request, expected in wrong:
        code, _, fields = await failure(method(request, metadata=admin))
        assert (code, set(fields)) == (StatusCode.INVALID_ARGUMENT, expected)


async def test_users_may_not(people: People) -> None:
    """Whoever is no administrator may do none of this."""
    user_id = await people.register()
    caller = bearer(await people.log_in())
    code, reason, _ = await failure(people.stub.GetUser(pb.GetUserRequest(user_id=user_id), metadata=caller))
    assert (code, reason) == (StatusCode.PERMISSION_DENIED, "ADMIN_REQUIRED")
