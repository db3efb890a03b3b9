"""How long the client keeps trying."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import grpc
import pytest

from emo.users.v1.users_pb2 import GetMeRequest, GetMeResponse, UpdateMeRequest, UpdateMeResponse, User
from emo_grpc.client import BytesSource, EmoClient, EmoClientError, MemoryCredentialsStore, RetryPolicy
from emo_grpc.client.calls import CALL_SECONDS, CALLS_AT_ONCE, Calls
from emo_grpc.client.credentials import Credentials
from emo_grpc.client.retries import Attempts, call_with_retries
from emo_grpc.client.session import REFRESH_SECONDS, Session
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS
from unit.client.fake_server import PASSWORD, Failure, World

RESTART_SECONDS = 15.0
"""Of a server or a MongoDB primary, at most."""


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is slept, without sleeping."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("emo_grpc.client.retries.asyncio.sleep", sleep)
    return slept


def unavailable(reason: str = "", retry_after: float | None = None) -> EmoClientError:
    return EmoClientError(
        "away",
        code=grpc.StatusCode.UNAVAILABLE,
        reason=reason,
        retry_after=None if retry_after is None else timedelta(seconds=retry_after),
    )


async def wait_until_given_up(error: EmoClientError) -> None:
    attempts = Attempts(RetryPolicy())
    with pytest.raises(EmoClientError):
        for _ in range(100):
            await attempts.wait_after(error)


async def test_a_transfer_outlives_a_restart_and_gives_up_after_it(waits: list[float]) -> None:
    """Whatever the dice say, the waits of the default policy are longer than a restart, and less than a minute."""
    await wait_until_given_up(unavailable())
    assert RESTART_SECONDS < sum(waits) < 60
    assert max(waits) <= RetryPolicy().maximum


async def test_waits_differ(waits: list[float]) -> None:
    """So that the clients of a server that died don't come back all at once."""
    for _ in range(20):
        await Attempts(RetryPolicy()).wait_after(unavailable())
    assert len(set(waits)) > 1


async def test_a_draining_server_is_left_at_once(waits: list[float]) -> None:
    """The first time nobody waits; when the next one drains too, everybody does."""
    attempts = Attempts(RetryPolicy())
    await attempts.wait_after(unavailable("SERVER_DRAINING"))
    assert waits == []
    await attempts.wait_after(unavailable("SERVER_DRAINING"))
    assert len(waits) == 1


async def test_a_transfer_waits_as_long_as_it_is_asked_to(waits: list[float]) -> None:
    """Never less than RetryInfo says."""
    await Attempts(RetryPolicy()).wait_after(unavailable("ENGINE_UNAVAILABLE", 7))
    assert 7 < waits[0] < 8


async def test_nobody_waits_for_an_hour(waits: list[float]) -> None:
    """A transfer that is told to come back much later ends with that answer."""
    with pytest.raises(EmoClientError):
        await Attempts(RetryPolicy()).wait_after(unavailable("ENGINE_UNAVAILABLE", 3600))
    assert waits == []


async def test_a_call_comes_back_when_the_server_says(client: EmoClient, world: World, waits: list[float]) -> None:
    """UNAVAILABLE with RetryInfo is no error of an idempotent call, also when gRPC's own retries are used up."""
    world.me = User(public_name="Ann")
    world.failures["GetMe"] = [Failure(retry_after=3) for _ in range(7)]
    assert (await client.users.get_me()).public_name == "Ann"
    assert [3 <= wait <= 4.5 for wait in waits] == [True]


async def test_a_call_that_came_too_soon_comes_back(client: EmoClient, world: World, waits: list[float]) -> None:
    """RATE_LIMITED with RetryInfo is no error of an idempotent call."""
    too_soon = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", retry_after=3)
    world.me, world.failures["GetMe"] = User(public_name="Ann"), [too_soon]
    assert (await client.users.get_me()).public_name == "Ann"
    assert [3 <= wait <= 4.5 for wait in waits] == [True]


async def test_who_waits_is_told_why(server: str, world: World, waits: list[float]) -> None:
    """With what the server said, both by a single call and by a transfer."""
    told: list[EmoClientError | None] = []
    store = MemoryCredentialsStore()
    async with EmoClient.connect(server, store, retries=RetryPolicy(on_wait=told.append)) as client:
        await client.login("ann", PASSWORD)
        world.failures["GetMe"] = [Failure(retry_after=3) for _ in range(7)]
        await client.users.get_me()
        assert [error and error.reason for error in told] == ["ENGINE_UNAVAILABLE"]
        world.failures["UploadAsset"] = [Failure()]
        await client.upload(BytesSource(b"hello"))
    assert len(told) == len(waits) == 2


async def test_who_waits_for_a_call_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, once a call, whatever gRPC tries meanwhile; a call that is answered sooner tells nothing."""
    told: list[EmoClientError | None] = []
    is_told = asyncio.Event()

    def tell(error: EmoClientError | None) -> None:
        told.append(error)
        is_told.set()

    async def silent(_: float) -> str:
        await is_told.wait()
        return "at last"

    async def prompt(_: float) -> str:
        return "at once"

    monkeypatch.setattr("emo_grpc.client.retries.SILENT_SECONDS", 0.001)
    assert await call_with_retries(silent, 30, tell) == "at last"
    assert await call_with_retries(prompt, 30, tell) == "at once"
    assert told == [None]


async def test_a_refresh_comes_back_when_the_server_says(
    client: EmoClient, world: World, store: MemoryCredentialsStore, waits: list[float]
) -> None:
    """The login outlives an engine that is away for a while."""
    kept = await store.load()
    assert kept is not None
    world.expired.add(kept.access_token)
    world.failures["RefreshTokens"] = [Failure(retry_after=3) for _ in range(7)]
    await client.users.get_me()
    renewed = await store.load()
    assert isinstance(renewed, Credentials)
    assert renewed.access_token != kept.access_token
    assert len(waits) == 1


async def test_a_call_that_may_not_be_repeated_is_not(client: EmoClient, world: World) -> None:
    """Nobody knows what became of it, so the caller learns of it."""
    world.failures["UpdateMe"] = [Failure(retry_after=0.001)]
    with pytest.raises(EmoClientError) as caught:
        await client.users.update_me(User(public_name="Ann"))
    assert caught.value.retry_after == timedelta(milliseconds=1)
    assert world.calls.count("UpdateMe") == 1


async def test_a_call_waits_no_longer_than_it_may_take(client: EmoClient, world: World, waits: list[float]) -> None:
    """What comes back after the call's own time is told at once."""
    world.failures["GetMe"] = [Failure(retry_after=CALL_SECONDS) for _ in range(5)]
    with pytest.raises(EmoClientError) as caught:
        await client.users.get_me()
    assert caught.value.retry_after == timedelta(seconds=CALL_SECONDS)
    assert waits == []


async def test_what_the_server_said_last_is_told(client: EmoClient, world: World, waits: list[float]) -> None:
    """When the time is over after the server had said what is wrong, that is the error, not the time."""
    world.failures["GetMe"] = [*(Failure(retry_after=1) for _ in range(5)), Failure(grpc.StatusCode.DEADLINE_EXCEEDED)]
    with pytest.raises(EmoClientError) as caught:
        await client.users.get_me()
    assert (caught.value.code, caught.value.reason) == (grpc.StatusCode.UNAVAILABLE, "ENGINE_UNAVAILABLE")
    assert len(waits) == 1


async def test_a_slow_source_is_not_taken_for_a_server_that_fails(waits: list[float]) -> None:
    """An upload that stalls goes on as long as bytes come between two stalls, however few, and no longer."""
    attempts, stalled = Attempts(RetryPolicy()), unavailable("UPLOAD_STALLED")
    for offset in range(1, 100):
        await attempts.wait_after(stalled, read_up_to=offset)
    assert waits == []
    with pytest.raises(EmoClientError):
        for _ in range(100):
            await attempts.wait_after(stalled, read_up_to=99)
    assert len(waits) == RetryPolicy().max_attempts - 1


async def test_a_call_is_waited_for_as_long_as_people_are_told(store: MemoryCredentialsStore) -> None:
    """Up to a minute, whether it may be repeated or not, and also while the login is renewed."""
    given: list[float] = []

    async def note(*_: object, timeout: float, **__: object) -> GetMeResponse:
        given.append(timeout)
        return GetMeResponse()

    calls = Calls(Session(cast(Any, None), store))
    for request in (GetMeRequest(), UpdateMeRequest()):
        await calls.public(cast(Any, note), request)
    assert [round(seconds) for seconds in given] == [60, 60]
    assert REFRESH_SECONDS == 60


async def test_who_waits_for_a_change_is_told(store: MemoryCredentialsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although it is sent only once."""
    told, answers = asyncio.Event(), []
    monkeypatch.setattr("emo_grpc.client.retries.SILENT_SECONDS", 0.001)

    async def answer_late(*_: object, **__: object) -> UpdateMeResponse:
        await told.wait()
        answers.append(UpdateMeResponse())
        return answers[-1]

    calls = Calls(Session(cast(Any, None), store), on_wait=lambda _: told.set())
    answer = await asyncio.wait_for(calls.public(cast(Any, answer_late), UpdateMeRequest()), 30)
    assert answers == [answer]


async def test_of_many_calls_some_wait_for_their_turn(store: MemoryCredentialsStore) -> None:
    """A connection is never at its limit of streams, where a server refuses calls; all are made in the end."""
    under_way, most, answers = 0, 0, 0

    async def answer_soon(*_: object, **__: object) -> UpdateMeResponse:
        nonlocal under_way, most, answers
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        answers += 1
        return UpdateMeResponse()

    calls = Calls(Session(cast(Any, None), store))
    await asyncio.gather(*(calls.public(cast(Any, answer_soon), UpdateMeRequest()) for _ in range(3 * CALLS_AT_ONCE)))
    assert (most, answers) == (CALLS_AT_ONCE, 3 * CALLS_AT_ONCE)
    assert CALLS_AT_ONCE <= DEFAULT_LIMITS.user_waiting < DEFAULT_LIMITS.streams
