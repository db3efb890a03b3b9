"""What goes by itself when its time is over."""

from datetime import timedelta

import pytest

from databases import rows_in
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.users.domain.commands import DropExpired, RegisterUser
from emo_grpc.users.domain.errors import InvalidCredentials, UserNotFound
from emo_grpc.users.domain.session import REFRESH_LIFETIME
from emo_grpc.users.domain.throttling import WINDOW
from emo_grpc.users.domain.user import PENDING_LIFETIME, Role, UserState
from emo_grpc.users.service_layer.maintenance_handlers import BATCH

from .world import PASSWORD, World, a_world


async def drop(world: World) -> int:
    """Drop until nothing is left; gives how many there were."""
    total = 0
    while count := await world.bus.handle(DropExpired()):
        total += count
    return total


async def test_expired_sessions(world: World) -> None:
    """They go when nobody can use them any more, however many they are, and the others stay."""
    await world.register()
    for _ in range(BATCH + 1):
        await world.log_in()
    world.clock.pass_by(timedelta(days=1))
    await world.log_in()
    assert await drop(world) == 0
    world.clock.pass_by(REFRESH_LIFETIME - timedelta(days=1))
    assert await drop(world) == BATCH + 1
    assert len(await rows_in(world.database, "sessions")) == 1


async def test_failed_logins(world: World) -> None:
    """They are counted for as long as they matter."""
    with pytest.raises(InvalidCredentials):
        await world.log_in("nobody")
    assert await drop(world) == 0
    world.clock.pass_by(WINDOW)
    assert await drop(world) == 3
    assert await rows_in(world.database, "login_failures") == []


async def test_remembered_requests(world: World) -> None:
    """They are kept for a day."""
    command = RegisterUser(username="ana", email="ana@example.org", password=PASSWORD, request_id=RequestId.new())
    user_id = await world.bus.handle(command)
    world.clock.pass_by(timedelta(hours=24))
    assert await world.bus.handle(command) == user_id
    world.clock.pass_by(timedelta(microseconds=1))
    assert await drop(world) == 1


async def test_accounts_that_were_never_activated() -> None:
    """After a week they go as any account does, and their names are free; an activated account stays for ever."""
    async with a_world(UserState.PENDING, counts_requests=False) as world:
        squatter = await world.register()
        active = await world.create("ben", Role.USER)
        world.clock.pass_by(PENDING_LIFETIME - timedelta(microseconds=1))
        assert await drop(world) == 0
        world.clock.pass_by(timedelta(microseconds=1))
        events = await world.outbox()
        assert await drop(world) == 1
        with pytest.raises(UserNotFound):
            await world.user(squatter)
        assert {*await world.outbox()} - {*events} == {UserRemoved(squatter)}
        assert await world.register() != squatter
        assert (await world.user(active)).state is UserState.ACTIVE
