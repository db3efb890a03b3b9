"""Health watches and reflection streams, which have no end of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS
from rpc.shared.conftest import Trial, serving_trial
from rpc.shared.replies import reason
from waiting import until_answered

BOUNDS = DEFAULT_LIMITS.watches
SERVING = health_pb2.HealthCheckResponse.SERVING
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
ALL_SERVICES = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()


class Client:
    """A connection of its own. Any: grpc's stub types say nothing of streams that are read one by one."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._health: Any = health_pb2_grpc.HealthStub(channel)
        self._reflection: Any = channel.stream_stream(REFLECTION)
        self.streams: list[Any] = []

    async def check(self) -> int:
        answer = await self._health.Check(health_pb2.HealthCheckRequest(), timeout=30)
        return int(answer.status)

    async def watch(self) -> str:
        """Begin a watch; gives OK or the reason of the refusal."""
        return await self._began(self._health.Watch(health_pb2.HealthCheckRequest()))

    async def reflect(self) -> str:
        """Begin a reflection stream; as above."""
        stream = self._reflection()
        await stream.write(ALL_SERVICES)
        return await self._began(stream)

    async def _began(self, stream: Any) -> str:
        self.streams.append(stream)
        try:
            await asyncio.wait_for(stream.read(), 30)
        except grpc.aio.AioRpcError as error:
            return reason(error)
        return "OK"


@asynccontextmanager
async def clients(trial: Trial, count: int) -> AsyncIterator[list[Client]]:
    async with AsyncExitStack() as block:
        options = [("grpc.use_local_subchannel_pool", 1)]
        channels = [grpc.aio.insecure_channel(trial.address, options=options) for _ in range(count)]
        yield [Client(await block.enter_async_context(channel)) for channel in channels]


async def test_watches_on_one_connection() -> None:
    """200 watches on one connection leave health checks, watches and reflection to everybody else."""
    async with serving_trial() as trial, clients(trial, 2) as (attacker, other):
        begun = await asyncio.gather(*(attacker.watch() for _ in range(200)))
        assert (begun.count("OK"), begun.count("TOO_MANY_CALLS")) == (BOUNDS.connection, 200 - BOUNDS.connection)
        assert await attacker.reflect() == "TOO_MANY_CALLS"
        assert await attacker.check() == await other.check() == SERVING
        assert [await other.watch(), await other.reflect()] == ["OK", "OK"]
        for stream in attacker.streams:
            stream.cancel()

        async def has_room() -> bool:
            return await attacker.watch() == "OK"

        await until_answered(has_room)  # a cancelled stream gives back its share a moment later


@pytest.mark.parametrize("is_balancer", [False, True])
async def test_watches_of_one_peer(is_balancer: bool) -> None:
    """One peer has no more streams for using many connections, unless it is a load balancer that was named."""
    named = "10.0.0.0/8, 127.0.0.0/8" if is_balancer else ""
    needed = BOUNDS.peer // BOUNDS.connection
    async with serving_trial(balancer_networks=named) as trial, clients(trial, needed + 1) as connections:
        for connection in connections[:-1]:
            assert {await connection.watch() for _ in range(BOUNDS.connection)} == {"OK"}
        assert await connections[-1].watch() == ("OK" if is_balancer else "TOO_MANY_CALLS")
        assert await connections[-1].check() == SERVING
