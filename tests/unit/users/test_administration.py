"""What administrators do, through the bus, on memory."""

import pytest
from structlog.testing import capture_logs

from emo_grpc.shared.domain.errors import InvalidArgument, SessionRevoked
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import RemoveUser, SetRolesByUsername, SetUserRoles, SetUserState
from emo_grpc.users.domain.errors import LastAdmin, UserDisabled, UserNotFound
from emo_grpc.users.domain.user import Role, UserState

from .world import World

ADMIN = frozenset({Role.ADMIN})
USER = frozenset({Role.USER})


async def test_disabling_ends_sessions(world: World) -> None:
    """A disabled account's tokens die at once, for ever, and it can't log in; an enabled one can again."""
    user_id = await world.register()
    tokens = await world.log_in()
    await world.bus.handle(SetUserState(user_id=user_id, state=UserState.DISABLED))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(tokens.access_token)
    with pytest.raises(UserDisabled):
        await world.log_in()
    await world.bus.handle(SetUserState(user_id=user_id, state=UserState.ACTIVE))
    await world.log_in()
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(tokens.access_token)


async def test_new_roles_end_sessions(world: World) -> None:
    """Roles are replaced, and tokens that say otherwise die; the next login has the new ones."""
    user_id = await world.register()
    tokens = await world.log_in()
    assert await world.bus.handle(SetRolesByUsername(username="ana", roles=ADMIN)) == user_id
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(tokens.access_token)
    tokens = await world.log_in()
    assert (await world.authenticator.authenticate(tokens.access_token)).is_admin


async def test_the_last_active_admin_stays(world: World) -> None:
    """Nobody can remove, disable or demote the last active administrator; with a second one everybody can."""
    first = await world.create("root", Role.ADMIN)
    ways = [
        SetUserState(user_id=first, state=UserState.DISABLED),
        SetUserRoles(user_id=first, roles=USER),
        RemoveUser(user_id=first),
    ]
    second = await world.create("second", Role.ADMIN)
    await world.bus.handle(SetUserState(user_id=second, state=UserState.DISABLED))
    for way in ways:
        with pytest.raises(LastAdmin):
            await world.bus.handle(way)
    await world.bus.handle(SetUserRoles(user_id=first, roles=ADMIN | USER))
    await world.bus.handle(SetUserState(user_id=second, state=UserState.ACTIVE))
    await world.bus.handle(SetUserRoles(user_id=first, roles=USER))


async def test_removes(world: World) -> None:
    """A removed account is gone, its assets follow by the event, and the log says why."""
    user_id = await world.register()
    with capture_logs() as lines:
        await world.bus.handle(RemoveUser(user_id=user_id, reason="asked for it by letter"))
    assert UserRemoved(user_id) in await world.outbox()
    assert [(line["user_id"], line["reason"]) for line in lines] == [(str(user_id), "asked for it by letter")]
    with pytest.raises(UserNotFound):
        await world.bus.handle(RemoveUser(user_id=user_id))


async def test_unknown_users(world: World) -> None:
    """Whoever does not exist is not found."""
    for way in [
        SetUserState(user_id=UserId.new(), state=UserState.ACTIVE),
        SetUserRoles(user_id=UserId.new(), roles=USER),
        SetRolesByUsername(username="nobody", roles=USER),
    ]:
        with pytest.raises(UserNotFound):
            await world.bus.handle(way)


def test_refuses_bad_commands() -> None:
    """No roles, the state PENDING and an over-long reason are refused."""
    with pytest.raises(InvalidArgument):
        SetUserRoles(user_id=UserId.new(), roles=frozenset())
    with pytest.raises(InvalidArgument):
        SetRolesByUsername(username="ana", roles=frozenset())
    with pytest.raises(InvalidArgument):
        SetUserState(user_id=UserId.new(), state=UserState.PENDING)
    with pytest.raises(InvalidArgument):
        RemoveUser(user_id=UserId.new(), reason="r" * 501)
