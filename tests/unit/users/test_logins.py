"""Sessions through the bus, on memory."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from databases import rows_in
from emo_grpc.shared.domain.errors import InvalidArgument, SessionRevoked, TokenExpired
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.commands import RemoveUser
from emo_grpc.users.domain.errors import (
    InvalidCredentials,
    LoginThrottled,
    PasswordTooWeak,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionNotFound,
)
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session_commands import (
    ChangePassword,
    LogIn,
    LogOut,
    RefreshTokens,
    RevokeSession,
    Tokens,
)
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, NETWORK_LIMIT, SHARE_LIMIT, ThrottleKey
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.password_check import get_unchanged
from emo_grpc.users.service_layer.ports import AccessClaims

from .world import PASSWORD, World

HOME, STRANGER = "198.51.100.20", "203.0.113.66"


async def refresh(world: World, token: str) -> Tokens:
    return await world.bus.handle(RefreshTokens(refresh_token=token))


async def test_logs_in(world: World) -> None:
    """The right password gives a fresh access token of 15 minutes and a refresh token of 30 days."""
    user_id = await world.register()
    tokens = await world.log_in()
    principal = await world.authenticator.authenticate(tokens.access_token)
    assert (principal.user_id, principal.is_fresh, principal.is_admin) == (user_id, True, False)
    assert tokens.access_expire_time - world.clock() == timedelta(minutes=15)
    assert tokens.refresh_expire_time - world.clock() == timedelta(days=30)


async def test_logs_in_by_email(world: World) -> None:
    """An e-mail address is as good as a username, and both may be typed with capitals."""
    user_id = await world.register()
    assert (await world.log_in("Ana")).user_id == user_id
    tokens = await world.bus.handle(LogIn(identifier="ANA@example.org", identified_by="email", password=PASSWORD))
    assert tokens.user_id == user_id


async def test_scopes_stay_with_the_session(world: World) -> None:
    """The scopes asked for at login are in the first access token and in all later ones."""
    await world.register()
    tokens = await world.bus.handle(
        LogIn(identifier="ana", password=PASSWORD, scopes=frozenset({"assets"}), device_id="phone")
    )
    later = await refresh(world, tokens.refresh_token)
    for token in (tokens, later):
        assert (await world.authenticator.authenticate(token.access_token)).scopes == {"assets"}


@pytest.mark.parametrize(("username", "password"), [("ana", "wrong password"), ("nobody", PASSWORD)])
async def test_wrong_password_and_nobody_look_the_same(world: World, username: str, password: str) -> None:
    """An unknown user and a wrong password get the same answer."""
    await world.register()
    with pytest.raises(InvalidCredentials) as caught:
        await world.log_in(username, password)
    assert caught.value.message == InvalidCredentials().message


def test_names_all_wrong_fields() -> None:
    """All that is wrong with a login is named at once."""
    with pytest.raises(InvalidArgument) as caught:
        LogIn(identifier="", password="", device_id="d" * 101, scopes=frozenset({"everything"}))
    assert [found.field for found in caught.value.violations] == ["username", "password", "device_id", "scopes"]


async def test_account_is_throttled(world: World) -> None:
    """After ten wrong passwords even the right one has to wait, longer after each further failure."""
    await world.register()
    for _ in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.log_in(password="wrong password")
    waits = []
    for _ in range(2):
        with pytest.raises(LoginThrottled) as caught:
            await world.log_in(peer="198.51.100.7")
        assert caught.value.retry_after is not None
        waits.append(caught.value.retry_after)
        world.clock.pass_by(waits[-1])
        with pytest.raises(InvalidCredentials):
            await world.log_in(password="wrong password")
    assert waits == [timedelta(seconds=30), timedelta(minutes=1)]
    world.clock.pass_by(timedelta(minutes=2))
    await world.log_in()
    await world.log_in()


async def by_email(world: World, password: str = PASSWORD, *, peer: str = "192.0.2.1") -> Tokens:
    return await world.bus.handle(
        LogIn(identifier="Ana@Example.org", identified_by="email", password=password, peer=peer)
    )


async def fail(world: World, times: int, username: str = "ana", *, peer: str = STRANGER) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            await world.log_in(username, "wrong password", peer=peer)


async def test_an_account_has_one_count(world: World) -> None:
    """Name and e-mail address are the same account: ten wrong passwords in all, not for each."""
    await world.register()
    await fail(world, ACCOUNT_LIMIT // 2)
    for _ in range(ACCOUNT_LIMIT // 2):
        with pytest.raises(InvalidCredentials):
            await by_email(world, "wrong password")
    for login in (world.log_in, partial(by_email, world)):
        with pytest.raises(LoginThrottled):
            await login(peer="203.0.113.9")


async def test_a_stranger_locks_no_owner_out(world: World) -> None:
    """From an address where the owner logged in before, neither guesses elsewhere nor at other accounts count."""
    await world.register()
    await world.log_in(peer=HOME)
    await fail(world, ACCOUNT_LIMIT)
    with pytest.raises(LoginThrottled):
        await world.log_in(peer="203.0.113.9")
    for number in range(NETWORK_LIMIT):
        await fail(world, 1, f"user{number}", peer=HOME)
    with pytest.raises(LoginThrottled):
        await world.log_in("ben", peer=HOME)
    await world.log_in(peer=HOME)
    await by_email(world, peer=HOME)


async def test_the_owner_frees_no_stranger(world: World) -> None:
    """A login from a familiar address gives those elsewhere no new guesses."""
    await world.register()
    await world.log_in(peer=HOME)
    await fail(world, ACCOUNT_LIMIT)
    await world.log_in(peer=HOME)
    with pytest.raises(LoginThrottled):
        await world.log_in(password="wrong password", peer=STRANGER)


async def test_a_familiar_address_is_throttled_too(world: World) -> None:
    """Guesses from there are counted by themselves, and as few."""
    await world.register()
    await world.log_in(peer=HOME)
    await fail(world, ACCOUNT_LIMIT, peer=HOME)
    with pytest.raises(LoginThrottled):
        await world.log_in(peer=HOME)
    await world.log_in(peer="203.0.113.9")


async def test_an_address_becomes_strange_again(world: World) -> None:
    """90 days after the last login from there it counts as any other; a login in between begins anew."""
    await world.register()
    for _ in range(2):
        await world.log_in(peer=HOME)
        world.clock.pass_by(timedelta(days=60))
    await fail(world, ACCOUNT_LIMIT)
    await world.log_in(peer=HOME)
    world.clock.pass_by(timedelta(days=90))
    await fail(world, ACCOUNT_LIMIT)
    with pytest.raises(LoginThrottled):
        await world.log_in(peer=HOME)


async def test_an_address_is_not_noted_at_each_login(world: World) -> None:
    """But after ten days again: logins cost the store no write more."""
    await world.register()
    with patch.object(world.throttle, "remember", wraps=world.throttle.remember) as remember:
        for days in (0, 1, 8, 2, 1):
            world.clock.pass_by(timedelta(days=days))
            await world.log_in(peer=HOME)
    assert remember.await_count == 2 * len(("this address", "any device"))


async def test_nobody_costs_the_store_what_somebody_does(world: World) -> None:
    """A name that nobody has asks and counts as much as one that somebody has: neither word nor time tells."""
    await world.register()
    asked: list[list[str]] = []
    for name in ("ana", "nobody"):
        with (
            patch.object(world.throttle, "familiar_until", wraps=world.throttle.familiar_until) as until,
            patch.object(world.throttle, "attempt", wraps=world.throttle.attempt) as attempt,
            patch.object(world.hasher, "_run", wraps=world.hasher._run) as hashed,
        ):
            await fail(world, 1, name)
        asked.append(
            [
                f"{until.await_count} {hashed.await_count}",
                *(len(call.args[0]) * "key" for call in attempt.await_args_list),
            ]
        )
    assert asked[0] == asked[1]


async def test_strangers_hinder_nobody_who_is_logged_in(world: World) -> None:
    """Who is logged in can change the password while others guess it; guesses there are bounded as well."""
    user_id = await world.register()
    principal = await world.authenticator.authenticate((await world.log_in(peer=HOME)).access_token)
    await fail(world, ACCOUNT_LIMIT)
    command = ChangePassword(
        user_id=user_id,
        session_id=SessionId(principal.session_id),
        old_password="wrong password",
        new_password="battery staple",
    )
    for _ in range(ACCOUNT_LIMIT - 1):
        with pytest.raises(InvalidCredentials):
            await world.bus.handle(command)
    await world.bus.handle(replace(command, old_password=PASSWORD))
    for _ in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.bus.handle(command)
    with pytest.raises(LoginThrottled):
        await world.bus.handle(command)


async def test_unknown_account_is_throttled_as_well(world: World) -> None:
    """Throttling does not tell whether there is an account."""
    for _ in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.log_in("nobody")
    with pytest.raises(LoginThrottled):
        await world.log_in("nobody")


async def test_peer_is_throttled(world: World) -> None:
    """One address can't try many accounts for long; others are not hindered."""
    await world.register()
    for number in range(NETWORK_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.log_in(f"user{number}")
    with pytest.raises(LoginThrottled):
        await world.log_in()
    await world.log_in(peer="198.51.100.7")


async def test_a_flood_from_everywhere_is_throttled(world: World) -> None:
    """When all networks together fail too often a stranger waits a second, and whom the account knows does not."""
    await world.register()
    await world.log_in(peer=HOME)
    for peer in (HOME, STRANGER):
        for _ in range(SHARE_LIMIT):
            with suppress(LoginThrottled):  # the second time, should both be of one share
                await world.throttle.attempt([ThrottleKey.share(peer)], world.clock())
    with pytest.raises(LoginThrottled) as caught:
        await world.log_in(peer=STRANGER)
    assert caught.value.retry_after == timedelta(seconds=1)
    await world.log_in(peer=HOME)
    world.clock.pass_by(timedelta(seconds=1))
    await world.log_in(peer=STRANGER)


async def test_successes_are_never_throttled(world: World) -> None:
    """Logging in well, however often, counts for nothing."""
    await world.register()
    for _ in range(NETWORK_LIMIT + 5):
        assert (await world.log_in()).access_token


async def test_changed_parameters_of_the_hash_are_taken_up(world: World) -> None:
    """A hash made with other parameters is made anew at the next login."""
    user_id = await world.register()
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with world.unit() as unit:
        user = await unit.users.get(user_id)
        user.password_hash = old
        await unit.users.save(user)
        await unit.commit()
    await world.log_in()
    assert (await world.user(user_id)).password_hash != old
    await world.log_in()


async def test_a_hash_of_another_form_is_taken_up(world: World) -> None:
    """A hash of an earlier release, of letters that it told apart, is made anew at the next login."""
    typed = "correct \ufb01sh"
    user_id = await world.register()
    async with world.unit() as unit:
        user = await unit.users.get(user_id)
        user.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16).hash(typed)
        await unit.users.save(user)
        await unit.commit()
    with pytest.raises(InvalidCredentials):
        await world.log_in(password="correct fish")
    await world.log_in(password=typed)
    await world.log_in(password="correct fish")


async def test_a_weak_new_password_changes_nothing(world: World) -> None:
    """Who changes it is told why in their language, and keeps the old one and all sessions."""
    user_id = await world.register(locale="ca-ES")
    principal = await world.authenticator.authenticate((await world.log_in()).access_token)
    command = ChangePassword(
        user_id=user_id,
        session_id=SessionId(principal.session_id),
        old_password=PASSWORD,
        new_password="ana@example.org",
    )
    other = await world.log_in()
    with pytest.raises(PasswordTooWeak) as caught:
        await world.bus.handle(command)
    assert [found.field for found in caught.value.violations] == ["new_password"]
    assert caught.value.locale == "ca-ES"
    await world.authenticator.authenticate(other.access_token)
    await world.log_in()


async def test_refreshes(world: World) -> None:
    """A refresh token gives new tokens, not fresh ones, and the session lives on for 30 days from then."""
    await world.register()
    tokens = await world.log_in()
    world.clock.pass_by(timedelta(days=29))
    tokens = await refresh(world, tokens.refresh_token)
    world.clock.pass_by(timedelta(days=29))
    tokens = await refresh(world, tokens.refresh_token)
    principal = await world.authenticator.authenticate(tokens.access_token)
    assert not principal.is_fresh


async def test_a_spent_token_ends_its_session(world: World) -> None:
    """Any earlier token of a session ends it for both holders, and the log says so without secrets."""
    await world.register()
    first = await world.log_in()
    latest = await refresh(world, (await refresh(world, first.refresh_token)).refresh_token)
    with capture_logs() as lines, pytest.raises(RefreshTokenReused):
        await refresh(world, first.refresh_token)
    with pytest.raises(RefreshTokenInvalid):
        await refresh(world, latest.refresh_token)
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(latest.access_token)
    assert [line["log_level"] for line in lines] == ["warning"]
    assert first.refresh_token not in repr(lines)


async def test_old_and_foreign_refresh_tokens(world: World) -> None:
    """Expired, damaged and made-up refresh tokens are invalid, and end nobody's session."""
    await world.register()
    tokens = await world.log_in()
    other = await world.log_in()
    text = tokens.refresh_token
    for token in ["", "nonsense", "é", text[:22] + other.refresh_token[22:], text + "A", tokens.access_token]:
        with pytest.raises(RefreshTokenInvalid):
            await refresh(world, token)
    await world.authenticator.authenticate(tokens.access_token)
    world.clock.pass_by(timedelta(days=30))
    with pytest.raises(RefreshTokenInvalid):
        await refresh(world, text)


async def test_a_session_of_an_inactive_account_does_not_go_on(world: World) -> None:
    """Even if a session outlived its account's being disabled, its tokens are worth nothing."""
    user_id = await world.register()
    tokens = await world.log_in()
    async with world.unit() as unit:
        user = await unit.users.get(user_id)
        user.change_state(UserState.DISABLED, world.clock())
        await unit.users.save(user)
        await unit.commit()
    with pytest.raises(RefreshTokenInvalid):
        await refresh(world, tokens.refresh_token)
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(tokens.access_token)


async def test_logs_out(world: World) -> None:
    """Logging out ends the session at once; doing it again, or with nonsense, is no error."""
    await world.register()
    tokens, other = await world.log_in(), await world.log_in()
    for token in (tokens.refresh_token, tokens.refresh_token, "nonsense"):
        await world.bus.handle(LogOut(refresh_token=token))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(tokens.access_token)
    await world.authenticator.authenticate(other.access_token)


async def test_access_tokens_age(world: World) -> None:
    """An access token is good for less than 15 minutes, also when it was seen before."""
    await world.register()
    tokens = await world.log_in()
    world.clock.pass_by(timedelta(minutes=15) - timedelta(microseconds=1))
    await world.authenticator.authenticate(tokens.access_token)
    world.clock.pass_by(timedelta(microseconds=1))
    with pytest.raises(TokenExpired):
        await world.authenticator.authenticate(tokens.access_token)


async def test_the_store_has_the_last_word(world: World) -> None:
    """A well signed token is worth nothing with an expired session or another user's."""
    await world.register()
    tokens = await world.log_in()
    claims = world.tokens.verify(tokens.access_token, world.clock())
    assert isinstance(claims, AccessClaims)
    foreign = world.tokens.sign(replace(claims, user_id=await world.register("ben")))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(foreign)
    lasting = world.tokens.sign(replace(claims, expire_time=claims.expire_time + timedelta(days=30)))
    await world.authenticator.authenticate(lasting)
    world.clock.pass_by(timedelta(days=30))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(lasting)


async def test_changing_the_password_ends_other_sessions(world: World) -> None:
    """After a change the new password is good, the old one is not, and only the caller's session lives."""
    user_id = await world.register()
    mine, other = await world.log_in(), await world.log_in()
    principal = await world.authenticator.authenticate(mine.access_token)
    session_id = SessionId(principal.session_id)
    command = ChangePassword(
        user_id=user_id, session_id=session_id, old_password=PASSWORD, new_password="battery staple"
    )
    await world.bus.handle(command)
    await world.authenticator.authenticate(mine.access_token)
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(other.access_token)
    with pytest.raises(InvalidCredentials):
        await world.bus.handle(command)
    await world.log_in(password="battery staple")


def test_new_password_is_checked() -> None:
    """A new password keeps the rules, and an old one can't be empty."""
    with pytest.raises(InvalidArgument) as caught:
        ChangePassword(user_id=UserId.new(), session_id=SessionId.new(), old_password="", new_password="short")
    assert [found.field for found in caught.value.violations] == ["old_password", "new_password"]


async def test_guessing_the_old_password_is_throttled(world: World) -> None:
    """Whoever has an access token can't guess the password with it."""
    command = ChangePassword(
        user_id=await world.register(), session_id=SessionId.new(), old_password="guess", new_password="new password"
    )
    for _ in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            await world.bus.handle(command)
    with pytest.raises(LoginThrottled):
        await world.bus.handle(command)


async def test_revokes_own_sessions_only(world: World) -> None:
    """One can end one's own sessions; others' and expired ones are not found."""
    ana, ben = await world.register("ana"), await world.register("ben")
    tokens = await world.log_in()
    session_id = SessionId((await world.authenticator.authenticate(tokens.access_token)).session_id)
    for command in [
        RevokeSession(user_id=ben, session_id=session_id),
        RevokeSession(user_id=ana, session_id=SessionId.new()),
    ]:
        with pytest.raises(SessionNotFound):
            await world.bus.handle(command)
    await world.bus.handle(RevokeSession(user_id=ana, session_id=session_id))
    with pytest.raises(SessionRevoked):
        await world.authenticator.authenticate(tokens.access_token)


async def test_drops_expired_sessions(world: World) -> None:
    """A login takes away the sessions that have expired, whosever they are, and no others."""
    await world.register("ana")
    await world.register("ben")
    await world.log_in("ben")
    world.clock.pass_by(timedelta(days=15))
    tokens = await world.log_in("ben")
    world.clock.pass_by(timedelta(days=15))
    await world.log_in("ana")
    assert len(await rows_in(world.database, "sessions")) == 2
    await refresh(world, tokens.refresh_token)


async def test_removal_during_a_login_is_a_wrong_password(world: World) -> None:
    """An account that goes away, or changes its password, while one is compared lets nobody in."""
    user_id = await world.register()
    credentials = await world.reader.credentials_by_username("ana")
    assert credentials is not None
    async with world.unit() as unit:
        user = await unit.users.get(user_id)
        user.change_password("another", world.clock())
        await unit.users.save(user)
        with pytest.raises(InvalidCredentials):
            await get_unchanged(unit, credentials)
    await world.bus.handle(RemoveUser(user_id=user_id))
    async with world.unit() as unit:
        with pytest.raises(InvalidCredentials):
            await get_unchanged(unit, credentials)
