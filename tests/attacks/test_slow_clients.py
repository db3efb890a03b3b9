"""Clients that do everything, but a byte at a time."""

import asyncio
from collections.abc import Callable

import pytest
from hyperframe.frame import DataFrame
from structlog.testing import capture_logs

from attacks.wire import Answer, Wire, call_headers, message, widen, wire
from emo_grpc.shared.entrypoints.admission.stalled_connections import STUCK_CALLS
from emo_grpc.shared.entrypoints.limits import Limits
from emo_grpc.shared.entrypoints.messages import ClientTimeouts
from rpc.shared.conftest import Trial, serving_trial
from waiting import until

SHORT = Limits(timeouts=ClientTimeouts(request=0.5, write=0.5, status=0.5))
DEADLINE_EXCEEDED = 4
INITIAL_WINDOW_SIZE = 4
STEPS = 1_000
"""Of 10 ms each: far more than any timeouts here."""


def trickle(connection: Wire, stream: int, step: Callable[[int], object]) -> Answer:
    """Do something small again and again until the server ends the stream."""
    answer = connection.answers[stream]
    for number in range(STEPS):
        step(number)
        connection.read(0.01, until=lambda: answer.is_over)
        if answer.is_over:
            return answer
    raise AssertionError("the server goes on waiting")


async def attack(trial: Trial, act: Callable[[Wire], Answer], settings: dict[int, int] | None = None) -> Answer:
    """Run it over a connection of its own, on a thread, with somebody else beside who is always answered."""

    def run() -> Answer:
        with wire(int(trial.address.rpartition(":")[2]), settings) as connection:
            return act(connection)

    attacking = asyncio.create_task(asyncio.to_thread(run))
    while not attacking.done():
        assert await trial.answers("Public", b"x") == [b"x"]
        await asyncio.sleep(0.02)  # between two calls, not for anything
    return await attacking


async def nothing_runs(trial: Trial) -> None:
    """Wait until every call has given back its place, a moment after its answer."""
    await until(lambda: not trial.server.running_calls)


@pytest.mark.parametrize("name", ["Public", "UnaryUnary"])
async def test_a_request_byte_by_byte(name: str) -> None:
    """A request that comes a byte at a time has as long as one that never comes."""
    async with serving_trial(SHORT) as trial:

        def act(connection: Wire) -> Answer:
            stream = connection.begin(call_headers(trial.path(name).encode()))
            whole = message(bytes(STEPS))
            return trickle(connection, stream, lambda n: connection.send(DataFrame(stream, whole[n : n + 1])))

        assert (await attack(trial, act)).status == DEADLINE_EXCEEDED
        await nothing_runs(trial)


async def test_a_request_of_empty_frames() -> None:
    """DATA frames without a byte are no request either."""
    async with serving_trial(SHORT) as trial:

        def act(connection: Wire) -> Answer:
            stream = connection.begin(call_headers(trial.path("Public").encode()))
            return trickle(connection, stream, lambda _: connection.send(DataFrame(stream, b"")))

        assert (await attack(trial, act)).status == DEADLINE_EXCEEDED


async def test_a_window_byte_by_byte() -> None:
    """Who takes an answer a byte at a time is cut off like one that takes nothing."""
    with capture_logs() as lines:
        async with serving_trial(SHORT) as trial:

            def act(connection: Wire) -> Answer:
                stream = connection.call(call_headers(trial.path("UnaryStream").encode()), b"\x0a\x05flood")
                while not trial.servicer.ended:  # its status stands behind what it does not take
                    widen(connection, stream, 1)
                    connection.read(0.01)
                return connection.answers[stream]

            await asyncio.wait_for(attack(trial, act), 30)
            await nothing_runs(trial)
            assert trial.servicer.ended == ["UnaryStream"]
    told = [line for line in lines if line["event"] == "call" and line["method"].endswith("UnaryStream")]
    assert [line["reason"] for line in told] == ["CLIENT_STALLED"]


async def test_a_window_that_stays_shut() -> None:
    """An answer that can't leave holds its place no longer than any other that nobody takes."""
    async with serving_trial(SHORT) as trial:

        def act(connection: Wire) -> Answer:
            for _ in range(STUCK_CALLS):
                stream = connection.call(call_headers(trial.path("Public").encode()), b"\x0a\x01x")
            connection.read(10)
            assert connection.is_closed
            return connection.answers[stream]

        await attack(trial, act, {INITIAL_WINDOW_SIZE: 0})
        await nothing_runs(trial)
