"""Calls that come through a proxy."""

import asyncio

import grpc
import pytest
from structlog.testing import capture_logs

from emo_grpc.shared.entrypoints.limits import Bounds, Limits
from rpc.shared.conftest import serving_trial
from rpc.shared.replies import last_line, reason, running

Headers = tuple[tuple[str, str], ...]


@pytest.mark.parametrize(
    ("trusted", "headers", "peer"),
    [
        ("", (("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")), "127.0.0.1"),
        ("10.0.0.0/8", (("x-forwarded-for", "192.0.2.7"),), "127.0.0.1"),
        ("127.0.0.0/8", (("x-forwarded-for", "6.6.6.6, 192.0.2.7"),), "192.0.2.7"),
        ("127.0.0.0/8", (("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.7")), "192.0.2.7"),
        ("127.0.0.0/8 ::1/128", (("forwarded", 'for=6.6.6.6, for="[2001:db8::1]:80"'),), "2001:db8::1"),
        ("127.0.0.0/8", (), "127.0.0.1"),
    ],
)
async def test_who_calls(trusted: str, headers: Headers, peer: str) -> None:
    """Only a trusted proxy is believed about its client, by servicers and in the log."""
    with capture_logs() as lines:
        async with serving_trial(trusted_proxies=trusted) as trial:
            (answer,) = await trial.answers("UnaryUnary", b"who", metadata=headers)
            assert answer.split()[0].decode() == peer
            assert (await last_line(lines))["peer"] == peer


async def test_clients_of_a_proxy_have_bounds_of_their_own() -> None:
    """On a proxy's one connection each client has a connection's share, and no more for calling by another one."""
    limits = Limits(strangers=Bounds(connection=1, peer=9, all=9))
    async with serving_trial(limits, trusted_proxies="127.0.0.0/8") as trial:

        def begin(address: str) -> "asyncio.Task[list[bytes]]":
            waiting = trial.answers("UnaryUnary", b"wait", metadata=(("x-forwarded-for", address),))
            return asyncio.create_task(waiting)

        calls = [begin(f"192.0.2.{number}") for number in range(3)]
        await running(trial, 3)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await begin("192.0.2.0")
        assert reason(caught.value) == "TOO_MANY_CALLS"
        for call in calls:
            call.cancel()
