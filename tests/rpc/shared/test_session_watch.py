"""Streams end with the session of their caller."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange, SessionRevoked, Unavailable
from emo_grpc.shared.entrypoints.limits import Limits
from rpc.shared.conftest import PRINCIPALS, Trial, serving_trial
from rpc.shared.replies import Lines, failure, last_line, reason
from rpc.shared.trial_service import PRIVATE_STREAMS
from waiting import until

every_stream = pytest.mark.parametrize("name", PRIVATE_STREAMS)
USER = (("authorization", "Bearer user"),)
REVOKED = SessionRevoked("this session was ended; log in again")


@pytest.fixture
async def watchful() -> AsyncIterator[Trial]:
    """A server that looks at sessions all the time."""
    async with serving_trial(Limits(session_check=timedelta(milliseconds=5))) as found:
        yield found


# Any: as in `Trial.call`.
async def _read_all(call: Any) -> list[bytes]:
    return [message.value async for message in call]


async def asked(trial: Trial, times: int) -> None:
    """Wait until the server has looked so often."""
    await until(lambda: len(trial.tokens.asked) >= times)


@every_stream
async def test_a_stream_ends_with_its_session(watchful: Trial, lines: Lines, name: str) -> None:
    """A stream whose session has ended is told so, and what it was doing is cancelled, whatever kind it is."""
    ending = asyncio.create_task(failure(watchful, name, b"wait", metadata=USER))
    await watchful.servicer.waiting.wait()
    watchful.tokens.answers = [REVOKED]
    error = await ending
    assert (error.code(), reason(error)) == (grpc.StatusCode.UNAUTHENTICATED, "SESSION_REVOKED")
    assert watchful.servicer.cancelled == [name.removeprefix("Private")]
    assert set(watchful.tokens.asked) == {PRINCIPALS["user"]}
    assert (await last_line(lines))["reason"] == "SESSION_REVOKED"


@every_stream
async def test_a_stream_outlives_the_engine(watchful: Trial, name: str) -> None:
    """While nobody can tell whether its session lives a stream goes on, and it ends when that can be told again."""
    watchful.tokens.answers = [*[Unavailable("away")] * 3, REVOKED]
    assert reason(await failure(watchful, name, b"wait", metadata=USER)) == "SESSION_REVOKED"
    assert len(watchful.tokens.asked) == 4


async def test_a_stream_outlives_a_busy_engine(watchful: Trial) -> None:
    """An engine that is busy with somebody else does not know of an end either."""
    watchful.tokens.answers = [*[ConcurrentChange("busy")] * 3, REVOKED]
    error = await failure(watchful, "PrivateUnaryStream", b"wait", metadata=USER)
    assert reason(error) == "SESSION_REVOKED"
    assert len(watchful.tokens.asked) == 4


@every_stream
async def test_a_mistake_while_looking_ends_the_stream(watchful: Trial, name: str) -> None:
    """When looking fails as nobody expected, the stream does not go on unseen."""
    watchful.tokens.answers = [RuntimeError("secret internals")]
    error = await failure(watchful, name, b"wait", metadata=USER)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(error.details())


@every_stream
async def test_a_stream_whose_session_lives_goes_on(watchful: Trial, name: str) -> None:
    """However often its session is looked at, a stream is none the worse, and nobody looks after its end."""
    call = asyncio.create_task(watchful.answers(name, b"wait", metadata=USER))
    await watchful.servicer.waiting.wait()  # its session is looked at from before it begins
    await asked(watchful, len(watchful.tokens.asked) + 5)
    assert not call.done()
    call.cancel()
    await asyncio.wait([call])
    await until(lambda: watchful.servicer.cancelled)
    assert watchful.servicer.cancelled == [name.removeprefix("Private")]
    seen = len(watchful.tokens.asked)
    await asyncio.sleep(0.05)  # for more looks, which must not come
    assert len(watchful.tokens.asked) <= seen + 1


async def test_a_stream_is_told_while_its_first_message_is_on_the_way(watchful: Trial) -> None:
    """A client that takes the first message late still hears why nothing follows."""
    call = watchful.call("PrivateUnaryStream", b"large", metadata=USER)
    await asked(watchful, 1)
    watchful.tokens.answers = [REVOKED]
    await until(lambda: not watchful.tokens.answers)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asyncio.wait_for(_read_all(call), 10)
    assert reason(caught.value) == "SESSION_REVOKED"


async def test_a_stream_that_nobody_reads_ends_too(watchful: Trial) -> None:
    """A client that takes nothing keeps no stream open beyond its session."""
    call = watchful.call("PrivateUnaryStream", b"flood", metadata=USER)
    await call.read()
    watchful.tokens.answers = [REVOKED]
    await until(lambda: watchful.servicer.ended)
    assert watchful.servicer.ended == ["UnaryStream"]
    call.cancel()


@pytest.mark.parametrize("name", ["User", "UnaryStream"])
async def test_nobody_looks_again_for_others(watchful: Trial, name: str) -> None:
    """Calls that are short, and streams that need no session, are not looked at again."""
    watchful.tokens.answers = [REVOKED]
    await watchful.answers(name, b"x", metadata=USER)
    assert watchful.tokens.asked == []


def test_sessions_are_looked_at_every_20_seconds() -> None:
    """As the page on security says, from which the 30 s follow that a stream outlives its session at most."""
    assert Limits().session_check <= timedelta(seconds=20)
