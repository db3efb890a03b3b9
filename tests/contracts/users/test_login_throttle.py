"""What every throttle does; how long the waits are is kept by the unit tests."""

import asyncio
from datetime import timedelta

import pytest

from emo_grpc.users.domain.errors import InvalidCredentials, LoginThrottled
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, NETWORK_LIMIT, WINDOW, ThrottleKey

from .stores import NOW, Store

ANA, BEN, PEER = ThrottleKey.account("ana"), ThrottleKey.account("ben"), ThrottleKey.network("192.0.2.1")


async def fail(store: Store, *keys: ThrottleKey, times: int = ACCOUNT_LIMIT) -> None:
    for _ in range(times):
        await store.throttle.attempt(keys, NOW)


async def test_blocks_after_the_limit(store: Store) -> None:
    """One key over its limit stops an attempt, and says for how long; other keys go on."""
    await fail(store, ANA, PEER)
    with pytest.raises(LoginThrottled) as caught:
        await store.throttle.attempt([ANA, PEER], NOW + timedelta(seconds=10))
    assert caught.value.retry_after == timedelta(seconds=20)
    await store.throttle.attempt([BEN, PEER], NOW)
    await store.throttle.attempt([ANA, PEER], NOW + timedelta(seconds=30))


async def test_a_refused_attempt_counts_for_nothing(store: Store) -> None:
    """While an account is blocked, attempts on it do not use up the peer's limit."""
    await fail(store, ANA)
    for _ in range(NETWORK_LIMIT):
        with pytest.raises(LoginThrottled):
            await store.throttle.attempt([PEER, ANA], NOW)
    await store.throttle.attempt([PEER], NOW)


async def test_success_clears_the_account(store: Store) -> None:
    """After a success an account has all its attempts again, a peer only the one."""
    await fail(store, ANA, PEER, times=ACCOUNT_LIMIT - 1)
    await store.throttle.attempt([ANA, PEER], NOW)
    await store.throttle.succeeded([ANA, PEER])
    await fail(store, ANA)
    await fail(store, PEER, times=NETWORK_LIMIT - ACCOUNT_LIMIT + 1)
    with pytest.raises(LoginThrottled):
        await store.throttle.attempt([PEER], NOW)


async def test_success_opens_a_blocked_peer(store: Store) -> None:
    """A success takes back the failure that was one too many, and with it the wait; other failures stay."""
    await fail(store, PEER, times=NETWORK_LIMIT)
    await store.throttle.succeeded([PEER])
    await store.throttle.attempt([PEER], NOW)
    with pytest.raises(LoginThrottled):
        await store.throttle.attempt([PEER], NOW)


async def test_success_leaves_nothing_behind(store: Store) -> None:
    """Where no failure is left nothing is kept."""
    await fail(store, ANA, PEER, times=1)
    await store.throttle.succeeded([ANA, PEER])
    assert await store.throttle.forget(NOW + WINDOW, 10) == 0


async def test_success_of_nobody(store: Store) -> None:
    """Taking back what was forgotten meanwhile is no error, and leaves nothing."""
    await store.throttle.succeeded([ANA, PEER])
    assert await store.throttle.forget(NOW + WINDOW, 10) == 0


async def test_old_failures_are_forgotten(store: Store) -> None:
    """What happened long ago hinders nobody."""
    await fail(store, ANA)
    later = NOW + timedelta(hours=1)
    await store.throttle.attempt([BEN], later)
    for _ in range(ACCOUNT_LIMIT):
        await store.throttle.attempt([ANA], later)
    with pytest.raises(LoginThrottled):
        await store.throttle.attempt([ANA], later)


async def test_many_at_once_do_not_slip_through(store: Store) -> None:
    """Of a hundred guesses at the same moment ten are made."""

    async def guess() -> None:
        await store.throttle.attempt([ANA], NOW)
        await asyncio.sleep(0)
        raise InvalidCredentials

    results = await asyncio.gather(*(guess() for _ in range(100)), return_exceptions=True)
    assert sum(isinstance(result, InvalidCredentials) for result in results) == ACCOUNT_LIMIT


async def test_forgets(store: Store) -> None:
    """Counts that matter no more are dropped, as many as asked for; those that do are kept."""
    await fail(store, ANA, PEER, times=1)
    await fail(store, BEN)
    assert await store.throttle.forget(NOW + WINDOW - timedelta(microseconds=1), 10) == 0
    assert await store.throttle.forget(NOW + WINDOW, 1) == 1
    assert await store.throttle.forget(NOW + WINDOW, 10) == 1
    with pytest.raises(LoginThrottled):
        await store.throttle.attempt([BEN], NOW)


async def test_remembers(store: Store) -> None:
    """What is remembered is found with its end, each key for itself; the last word counts, and nothing is a count."""
    home, away = ThrottleKey.familiar("ana", "192.0.2.1"), ThrottleKey.familiar("ana", "192.0.2.2")
    assert await store.throttle.familiar_until(home) is None
    await store.throttle.remember(home, NOW)
    await store.throttle.remember(home, NOW + WINDOW)
    assert await store.throttle.familiar_until(home) == NOW + WINDOW
    assert await store.throttle.familiar_until(away) is None
    await fail(store, home)
    with pytest.raises(LoginThrottled):
        await store.throttle.attempt([home], NOW)
    await store.throttle.succeeded([home])
    assert await store.throttle.familiar_until(home) == NOW + WINDOW


async def test_forgets_memories(store: Store) -> None:
    """Memories that are over are dropped, as many as asked for, and no others."""
    keys = [ThrottleKey.familiar("ana", f"192.0.2.{number}") for number in range(4)]
    for number, key in enumerate(keys):
        await store.throttle.remember(key, NOW + timedelta(minutes=number))
    assert await store.throttle.forget(NOW + timedelta(minutes=2), 2) == 2
    assert await store.throttle.forget(NOW + timedelta(minutes=2), 2) == 1
    assert [await store.throttle.familiar_until(key) is None for key in keys] == [True, True, True, False]
