"""Devices that are known from an earlier login."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.crypto.hmac_device_tokens import HmacDeviceTokens
from emo_grpc.users.domain.errors import InvalidCredentials, LoginThrottled
from emo_grpc.users.domain.events import NewDeviceUsed
from emo_grpc.users.domain.session_commands import LogIn, Tokens
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, DEVICE_LIFETIME, NETWORK_LIMIT

from .world import PASSWORD, World

HOME, STRANGER, CAFE = "198.51.100.20", "203.0.113.66", "192.0.2.200"
SECRET, OTHER = b"s" * 32, b"o" * 32


def log_in_command(token: str, *, name: str = "ana", peer: str = CAFE, password: str = PASSWORD) -> LogIn:
    return LogIn(identifier=name, password=password, peer=peer, device_token=token)


async def log_in(world: World, token: str, *, peer: str = CAFE) -> Tokens:
    return await world.bus.handle(log_in_command(token, peer=peer))


async def attack(world: World, name: str = "ana") -> None:
    """Guess the account's password, and use up the café's network with other names."""
    for number in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.log_in(name, "wrong password", peer=f"203.0.{number}.1")
    for number in range(NETWORK_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.log_in(f"nobody{number}", peer=CAFE)


async def test_an_account_under_attack_is_entered_from_a_known_device(world: World) -> None:
    """Wherever the device is now, and whatever others try there; who has no token waits."""
    await world.register()
    token = (await world.log_in(peer=HOME)).device_token
    await attack(world)
    with pytest.raises(LoginThrottled):
        await log_in(world, "")
    assert (await log_in(world, token)).access_token


async def test_each_login_gives_the_next_token(world: World) -> None:
    """Good for a year from then; the one before stays good for its time."""
    await world.register()
    first = (await world.log_in(peer=HOME)).device_token
    world.clock.pass_by(DEVICE_LIFETIME - timedelta(days=1))
    second = (await log_in(world, first)).device_token
    world.clock.pass_by(timedelta(days=1))
    await attack(world)
    with pytest.raises(LoginThrottled):
        await log_in(world, first, peer=STRANGER)
    await log_in(world, second, peer=STRANGER)


async def test_a_device_guesses_no_more_than_others(world: World) -> None:
    """Ten wrong passwords from the device, with whichever of its tokens, then it waits; the account's others don't."""
    await world.register()
    token = (await world.log_in(peer=HOME)).device_token
    other = (await world.log_in(peer=HOME)).device_token
    for number in range(ACCOUNT_LIMIT):
        if number == 1:
            world.clock.pass_by(timedelta(seconds=1))
        with pytest.raises(InvalidCredentials):
            await world.bus.handle(log_in_command(token, password="wrong password"))
    with pytest.raises(LoginThrottled):
        await log_in(world, token)
    await log_in(world, other)
    await log_in(world, "", peer=HOME)


async def test_a_token_is_good_for_one_account(world: World) -> None:
    """An attacker's own device helps with no other account, nor with a name that nobody has."""
    for name in ("ana", "ben"):
        await world.register(name)
    token = (await world.log_in("ben", peer=HOME)).device_token
    await attack(world)
    for name in ("ana", "nobody0"):
        with pytest.raises(LoginThrottled):
            await world.bus.handle(log_in_command(token, name=name))


async def test_a_known_device_is_no_news(world: World) -> None:
    """Its owner gets no mail about it, from wherever it logs in."""
    await world.register()
    token = (await world.log_in(peer=HOME)).device_token
    await log_in(world, token, peer=CAFE)
    assert not [event for event in await world.outbox() if isinstance(event, NewDeviceUsed)]
    await log_in(world, "", peer=STRANGER)
    assert [event for event in await world.outbox() if isinstance(event, NewDeviceUsed)]


async def test_a_token_asks_the_store_for_less(world: World) -> None:
    """A known device costs a login less than a strange one, which counts under three keys and asks for its address."""
    await world.register()
    token = (await world.log_in(peer=HOME)).device_token
    with patch.object(world.throttle, "attempt", wraps=world.throttle.attempt) as attempt:
        await log_in(world, token)
    assert [len(call.args[0]) for call in attempt.await_args_list] == [2]


@pytest.mark.parametrize("bend", ["", "x", "é" * 75, "A" * 75, "A" * 74 + "=", "A" * 10_000])
async def test_what_is_no_token_counts_for_nothing(world: World, bend: str) -> None:
    """A login with it is one without any, and is given a good one."""
    await world.register()
    token = (await log_in(world, bend)).device_token
    await attack(world)
    await log_in(world, token)


def test_every_bit_counts(world: World) -> None:
    """No changed character makes another token, and the keys of retired secrets still do."""
    user_id, now = UserId.new(), world.clock()
    token = HmacDeviceTokens(SECRET).issue(user_id, 0, None, now + timedelta(seconds=1))
    known = HmacDeviceTokens(OTHER, [SECRET])
    device = known.device(token, user_id, 0, now)
    assert device is not None
    assert known.device(known.issue(user_id, 0, device, now + timedelta(days=1)), user_id, 0, now) == device
    assert HmacDeviceTokens(OTHER).device(token, user_id, 0, now) is None
    assert known.device(token, UserId.new(), 0, now) is None
    assert known.device(token, user_id, 0, now + timedelta(seconds=1)) is None
    for position in range(len(token)):
        bent = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        assert known.device(bent, user_id, 0, now) in (None, device if position == len(token) - 1 else None)
