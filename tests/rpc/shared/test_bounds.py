"""Who may have how much of a server at once; `tests/attacks` has what becomes of those who want more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue

from attacks.wire import Answer, Wire, call_headers, wire
from emo_grpc.shared.domain.principal import Caller
from emo_grpc.shared.entrypoints.admission.stalled_connections import STUCK_CALLS
from emo_grpc.shared.entrypoints.limits import Bounds, Limits
from emo_grpc.shared.entrypoints.messages import ClientTimeouts
from rpc.shared.conftest import Trial, serving_trial
from rpc.shared.replies import failure, reason, running
from waiting import until

MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 3, 4
"""RFC 9113 §6.5.2."""
RESOURCE_EXHAUSTED = 8
LONG = 60.0
"""Seconds: more than a test takes."""
WAIT = BytesValue(value=b"wait").SerializeToString()
BEARER = ("authorization", "Bearer user")

# Each bound lets two calls pass. Where all share one, a balancer stands for its clients, who have none as a peer.
each_bound = pytest.mark.parametrize(
    ("bounds", "connections", "balancers"),
    [(Bounds(2, 9, 9), 1, ""), (Bounds(9, 2, 9), 3, ""), (Bounds(9, 9, 2), 3, "127.0.0.0/8")],
    ids=["connection", "peer", "all"],
)


# Any: gRPC's stubs have no types for calls with bytes.
@asynccontextmanager
async def channels(trial: Trial, count: int) -> AsyncIterator[list[Any]]:
    """Three to call over, one after the other, on so many connections."""
    async with AsyncExitStack() as block:
        options = [("grpc.use_local_subchannel_pool", 1)]
        opened = [grpc.aio.insecure_channel(trial.address, options=options) for _ in range(count)]
        for channel in opened:
            await block.enter_async_context(channel)
        yield opened * (3 // count)


async def answered(call: Any) -> Any:
    return await call


def refused(call: Any) -> str:
    """The reason why it was."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        call.result()
    return reason(caught.value)


@each_bound
async def test_calls_of_strangers_that_wait_for_their_client(bounds: Bounds, connections: int, balancers: str) -> None:
    """One too many lets the one end that has waited longest."""
    limits = Limits(waiting=bounds, timeouts=ClientTimeouts(request=LONG))
    async with serving_trial(limits, balancer_networks=balancers) as trial, channels(trial, connections) as opened:
        calls = []
        for channel in opened:
            calls.append(asyncio.create_task(answered(channel.stream_unary(trial.path("Public"))())))
            await until(lambda: trial.server.running_calls == len(calls) or calls[0].done())
        await asyncio.wait([calls[0]], timeout=LONG)
        assert refused(calls[0]) == "TOO_MANY_CALLS"
        await running(trial, 2)
        assert [call.done() for call in calls] == [True, False, False]
        for call in calls:
            call.cancel()


@each_bound
async def test_calls_of_strangers_that_the_server_works_for(bounds: Bounds, connections: int, balancers: str) -> None:
    """One too many is refused, and the others go on."""
    limits = Limits(strangers=bounds)
    async with serving_trial(limits, balancer_networks=balancers) as trial, channels(trial, connections) as opened:
        path = trial.path("UnaryUnary")
        calls = [asyncio.create_task(answered(channel.unary_unary(path)(WAIT))) for channel in opened]
        await asyncio.wait(calls, timeout=LONG, return_when=asyncio.FIRST_COMPLETED)
        (over,) = (call for call in calls if call.done())
        assert refused(over) == "TOO_MANY_CALLS"
        await running(trial, 2)
        for call in calls:
            call.cancel()


async def test_tokens_that_are_being_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many at once as calls, for each waits for the store."""
    async with serving_trial(Limits(calls=1)) as trial:
        answers, known = asyncio.Event(), trial.tokens.authenticate

        async def authenticate(token: str, peer: str) -> Caller:
            await answers.wait()
            return await known(token, peer)

        monkeypatch.setattr(trial.tokens, "authenticate", authenticate)
        first = asyncio.create_task(trial.answers("User", b"x", metadata=(BEARER,)))
        await running(trial, 1)
        assert reason(await failure(trial, "User", b"x", metadata=(BEARER,))) == "TOO_MANY_CALLS"
        answers.set()
        assert await first


async def test_answers_of_a_user_that_wait_to_be_taken() -> None:
    """Over the limit new calls of that user are refused, on whatever connection, and those of others are not."""
    async with serving_trial(Limits(user_waiting=2)) as trial:
        port = int(trial.address.rpartition(":")[2])
        path, bearer = trial.path("User").encode(), (BEARER[0].encode(), BEARER[1].encode())

        def call(connection: Wire) -> Answer:
            stream = connection.call(call_headers(path, bearer))
            connection.read(LONG, until=lambda: bool(connection.answers[stream].headers))
            return connection.answers[stream]

        def attack() -> list[int | None]:
            with wire(port, {INITIAL_WINDOW_SIZE: 0}) as first, wire(port, {INITIAL_WINDOW_SIZE: 0}) as second:
                return [call(connection).status for connection in (first, second, first, second)]

        assert await asyncio.to_thread(attack) == [None, None, RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED]
        assert await trial.answers("Public", b"x") == [b"x"]


async def test_streams_of_one_connection() -> None:
    """Clients are told how many they may have, whatever they are for."""
    async with serving_trial(Limits(streams=7)) as trial:

        def told() -> int:
            with wire(int(trial.address.rpartition(":")[2])) as connection:
                connection.read(LONG, until=lambda: connection.settings_received)
                return connection.settings[MAX_CONCURRENT_STREAMS]

        assert await asyncio.to_thread(told) == 7


async def test_errors_of_a_user_that_wait_to_be_taken() -> None:
    """One too many lets the one end that has waited longest: as many as one connection has streams."""
    limits = Limits(streams=2, timeouts=ClientTimeouts(write=0.1, status=LONG))
    async with serving_trial(limits) as trial, channels(trial, 3) as opened:
        path, flood = trial.path("PrivateUnaryStream"), BytesValue(value=b"flood").SerializeToString()
        calls = [channel.unary_stream(path)(flood, metadata=(BEARER,)) for channel in opened]
        await until(lambda: len(trial.servicer.ended) == len(calls))
        await running(trial, 2)
        for call in calls:
            call.cancel()


async def test_errors_of_strangers_that_wait_to_be_taken() -> None:
    """They count for no limit of calls that the server works for: the next stranger is answered."""
    limits = Limits(strangers=Bounds(9, 9, all=3), timeouts=ClientTimeouts(write=0.1, status=LONG))
    async with serving_trial(limits) as trial, channels(trial, 3) as opened:
        path, flood = trial.path("UnaryStream"), BytesValue(value=b"flood").SerializeToString()
        calls = [channel.unary_stream(path)(flood) for channel in opened]
        await until(lambda: len(trial.servicer.ended) == len(calls))
        await running(trial, 3)
        assert await trial.answers("Public", b"x") == [b"x"]
        for call in calls:
            call.cancel()


def test_limits_that_people_were_told_of() -> None:
    """As the pages on security and on operations say."""
    limits = Limits()
    assert limits.waiting == Bounds(connection=32, peer=64, all=512)
    assert limits.strangers == Bounds(connection=64, peer=128, all=512)
    assert limits.watches == Bounds(connection=8, peer=32, all=1_000)
    assert (limits.calls, limits.user_waiting, limits.streams, STUCK_CALLS) == (1_000, 64, 256, 8)
    assert (limits.connections, limits.handshake) == (10_000, 10)
    assert limits.timeouts == ClientTimeouts(request=10, write=60, status=10)
