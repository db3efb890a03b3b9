"""How often strangers may ask for accounts, mails and tokens."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from emo_grpc.shared.domain.call_errors import RateLimited
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.domain.commands import RegisterUser
from emo_grpc.users.domain.errors import InvalidCredentials, UsernameTaken
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, MAIL_LIMIT, NETWORK_LIMIT, Entrance
from emo_grpc.users.service_layer.entrances import Entrances

from .world import PASSWORD, World, a_world

HOME, STRANGER = "198.51.100.20", "203.0.113.66"


@pytest.fixture
def entrances(world: World) -> Entrances:
    return Entrances(world.throttle, world.clock)


@pytest.mark.parametrize(
    ("entrance", "limit"), [(each, MAIL_LIMIT if "mail" in each else ACCOUNT_LIMIT) for each in Entrance]
)
async def test_of_one_account(entrances: Entrances, world: World, entrance: Entrance, limit: int) -> None:
    """Whoever asks, from wherever: an account has a few, then waits that grow; others, and other entrances, go on."""
    for number in range(limit):
        await entrances.admit(entrance, "ana", f"203.0.{number}.1")
    with pytest.raises(RateLimited) as caught:
        await entrances.admit(entrance, "ana", HOME)
    assert caught.value.retry_after == timedelta(seconds=30)
    await entrances.admit(entrance, "ben", HOME)
    for other in set(Entrance) - {entrance}:
        await entrances.admit(other, "ana", HOME)
    world.clock.pass_by(timedelta(seconds=30))
    await entrances.admit(entrance, "ana", HOME)
    with pytest.raises(RateLimited) as caught:
        await entrances.admit(entrance, "ana", HOME)
    assert caught.value.retry_after == timedelta(minutes=1)


async def test_of_one_network(entrances: Entrances) -> None:
    """One network asks for many accounts a hundred times, with whichever of its addresses; others are not hindered."""
    for number in range(NETWORK_LIMIT):
        await entrances.admit(Entrance.RESET_MAIL, f"user{number}", f"203.0.113.{number}")
    with pytest.raises(RateLimited):
        await entrances.admit(Entrance.RESET_MAIL, "ana", STRANGER)
    await entrances.admit(Entrance.RESET_MAIL, "ana", HOME)


async def test_what_proves_itself_counts_for_nothing(entrances: Entrances) -> None:
    """Good keys come in as often as they like; those that are not good are counted."""
    for _ in range(NETWORK_LIMIT + 5):
        async with entrances.admitted(Entrance.TOKEN_EXCHANGE, "key", HOME):
            pass
    for _ in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            async with entrances.admitted(Entrance.TOKEN_EXCHANGE, "key", STRANGER):
                raise InvalidCredentials
    with pytest.raises(RateLimited):
        async with entrances.admitted(Entrance.TOKEN_EXCHANGE, "key", HOME):
            pytest.fail("the key is not looked at")


async def test_a_good_key_is_good(entrances: Entrances, world: World) -> None:
    """A count that can't be taken back refuses nobody."""
    with patch.object(world.throttle, "succeeded", side_effect=Unavailable("no answer")):
        async with entrances.admitted(Entrance.TOKEN_EXCHANGE, "key", HOME):
            pass


def registration(number: int, peer: str = STRANGER) -> RegisterUser:
    return RegisterUser(username=f"user{number}", email=f"user{number}@example.org", password=PASSWORD, peer=peer)


async def test_registrations_of_a_network(world: World) -> None:
    """A network makes a hundred accounts, then waits, whether the names were free or not; others register."""
    await world.bus.handle(registration(0))
    for _ in range(ACCOUNT_LIMIT - 1):
        with pytest.raises(UsernameTaken):
            await world.bus.handle(registration(0))
    for number in range(1, NETWORK_LIMIT - ACCOUNT_LIMIT + 1):
        await world.bus.handle(registration(number))
    with pytest.raises(RateLimited):
        await world.bus.handle(registration(1_000))
    await world.bus.handle(registration(1_000, peer=HOME))


async def test_registrations_with_an_address(world: World) -> None:
    """An address, however it is written, is registered with ten times, then waits: nobody's mailbox is filled."""
    await world.register()
    command = RegisterUser(username="ben", email="ANA@example.org", password=PASSWORD)
    for number in range(ACCOUNT_LIMIT - 1):
        await world.bus.handle(replace(command, username=f"user{number}", peer=f"203.0.{number}.1"))
    with pytest.raises(RateLimited):
        await world.bus.handle(replace(command, email="Ana@Example.org", peer=HOME))


async def test_an_open_world() -> None:
    """Where only tests call, requests are not counted; failed logins are."""
    async with a_world(counts_requests=False) as world:
        for number in range(NETWORK_LIMIT + 5):
            await world.bus.handle(registration(number))
