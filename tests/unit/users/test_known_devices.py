"""Which devices and addresses an account knows, and what makes strangers of them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.crypto.hmac_device_tokens import HmacDeviceTokens
from emo_grpc.users.domain.errors import InvalidCredentials, LoginThrottled
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.recovery_commands import ConfirmEmailChange, RequestEmailChange, ResetPassword
from emo_grpc.users.domain.recovery_commands import UndoEmailChange as Undo
from emo_grpc.users.domain.session_commands import ChangePassword, LogIn, Tokens
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, DEVICES_LIMIT

from .test_activation import token_in
from .test_password_resets import asked
from .world import PASSWORD, World

NEW = "seven green umbrellas"
HOME, THIEF, CAFE = "198.51.100.20", "203.0.113.66", "192.0.2.200"


async def log_in(world: World, password: str, *, token: str = "", peer: str = CAFE) -> Tokens:
    return await world.bus.handle(LogIn(identifier="ana", password=password, peer=peer, device_token=token))


async def wrong(world: World, times: int, *, token: str = "", peer: str = CAFE) -> None:
    """Guess so often; each guess is taken, and none is right."""
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            await log_in(world, "wrong password", token=token, peer=peer)


async def change(world: World, tokens: Tokens, *, peer: str = HOME) -> str:
    """Change the password on the device of these tokens; gives its next one."""
    caller = await world.authenticator.authenticate(tokens.access_token)
    return await world.bus.handle(
        ChangePassword(
            user_id=caller.user_id,
            session_id=SessionId(caller.session_id),
            old_password=PASSWORD,
            new_password=NEW,
            device_token=tokens.device_token,
            peer=peer,
        )
    )


async def test_who_made_many_devices_has_no_more_guesses_after_a_change(world: World) -> None:
    """Who had the password once has the ten guesses of any stranger, with all devices and addresses together."""
    await world.register()
    mine = await log_in(world, PASSWORD, peer=HOME)
    devices = [(await log_in(world, PASSWORD, peer=f"203.0.{number}.1")).device_token for number in range(12)]
    await change(world, mine)
    for number in range(ACCOUNT_LIMIT):
        await wrong(world, 1, token=devices[number], peer=f"203.0.{number}.1")
    for number in (0, 10, 11):
        with pytest.raises(LoginThrottled):
            await log_in(world, NEW, token=devices[number], peer=f"203.0.{number}.1")


async def test_the_device_that_changed_the_password_stays_known(world: World) -> None:
    """Whatever others guess meanwhile, it is let in wherever it is, and from where it was without a token."""
    await world.register()
    before = await log_in(world, PASSWORD, peer=HOME)
    token = await change(world, before)
    await wrong(world, ACCOUNT_LIMIT, peer=THIEF)
    with pytest.raises(LoginThrottled):
        await log_in(world, NEW, token=before.device_token)
    assert (await log_in(world, NEW, token=token)).access_token
    assert (await log_in(world, NEW, peer=HOME)).access_token


async def test_a_device_without_a_token_gets_one_with_the_change(world: World) -> None:
    """A session of an earlier release, or of a client that keeps none, is known from then on."""
    await world.register()
    tokens = await log_in(world, PASSWORD, peer=HOME)
    tokenless = Tokens(tokens.user_id, tokens.access_token, "", tokens.access_expire_time, tokens.refresh_expire_time)
    token = await change(world, tokenless)
    await wrong(world, ACCOUNT_LIMIT, peer=THIEF)
    assert (await log_in(world, NEW, token=token)).access_token


async def test_a_reset_ends_all_known_devices(world: World) -> None:
    """A thief's as well as the owner's; from where the password was reset the owner comes in in any case."""
    await world.register()
    tokens = [(await log_in(world, PASSWORD, peer=peer)).device_token for peer in (HOME, THIEF)]
    await world.deliver()
    await world.bus.handle(ResetPassword(reset_token=await asked(world), new_password=NEW, peer=HOME))
    await wrong(world, ACCOUNT_LIMIT, peer=THIEF)
    for token in tokens:
        with pytest.raises(LoginThrottled):
            await log_in(world, NEW, token=token)
    assert (await log_in(world, NEW, peer=HOME)).access_token


async def test_this_was_not_me_ends_all_known_devices(world: World) -> None:
    """Who undoes a change of address makes strangers of the devices that knew the thief's password."""
    user_id = await world.register()
    token = (await log_in(world, PASSWORD, peer=THIEF)).device_token
    await world.bus.handle(RequestEmailChange(user_id=user_id, new_email="eve@example.org", peer=THIEF))
    await world.deliver()
    await world.bus.handle(ConfirmEmailChange(confirmation_token=token_in(world)))
    await world.deliver()
    await world.bus.handle(Undo(undo_token=token_in(world)))
    await wrong(world, ACCOUNT_LIMIT, token=token, peer=THIEF)
    with pytest.raises(LoginThrottled):
        await log_in(world, PASSWORD, token=token, peer=THIEF)


async def test_all_devices_together_are_bounded(world: World) -> None:
    """However many devices an account has, thirty wrong passwords on them are enough; other ways in stay open."""
    await world.register()
    devices = [(await log_in(world, PASSWORD, peer=HOME)).device_token for _ in range(7)]
    for device in devices[:5]:
        await wrong(world, 6, token=device)
    assert DEVICES_LIMIT == 5 * 6
    with pytest.raises(LoginThrottled):
        await log_in(world, PASSWORD, token=devices[6])
    assert (await log_in(world, PASSWORD, peer=HOME)).access_token


def test_tokens_of_earlier_releases() -> None:
    """They stay good for an account that has its first password, and for no other."""
    token = "ABEiM0RVZneImaq7zN3u_wAAAABrNuyA2Z7SWBylTqa8_o1Yj3AjVmZ4FUCkAYy1it26xtkq8fk"
    user_id, now = UserId(UUID("8c3a7a52-6b3c-4f0e-9a0e-2f4f3f1c9d77")), datetime(2026, 12, 1, tzinfo=UTC)
    tokens = HmacDeviceTokens(b"s" * 32)
    assert tokens.device(token, user_id, 0, now) == "00112233445566778899aabbccddeeff"
    assert tokens.device(token, user_id, 1, now) is None
    assert tokens.issue(user_id, 0, "00112233445566778899aabbccddeeff", datetime(2027, 1, 1, tzinfo=UTC)) == token
