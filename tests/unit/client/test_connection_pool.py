"""Several connections of a client to one server, which tells on which of them a call came."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

from emo_grpc.client import EmoClient
from emo_grpc.client.channel import open_channel
from fault_proxy import fault_proxy

SERVICE = "test.Peers"
PATIENCE_SECONDS = 20


class Peers:
    """Answers with who asks: at once, or with `all_here` others."""

    def __init__(self) -> None:
        self.barrier: asyncio.Barrier | None = None

    async def peer(self, _: Any, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        if self.barrier:
            await asyncio.wait_for(self.barrier.wait(), PATIENCE_SECONDS)
        return context.peer().encode()

    async def peer_in_a_stream(
        self, asked: Any, context: grpc.aio.ServicerContext[bytes, bytes]
    ) -> AsyncIterator[bytes]:
        yield await self.peer(asked, context)


@pytest.fixture
def peers() -> Peers:
    return Peers()


@pytest.fixture
async def address(peers: Peers) -> AsyncIterator[str]:
    server = grpc.aio.server()
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "UnaryUnary": grpc.unary_unary_rpc_method_handler(peers.peer),
        "StreamUnary": grpc.stream_unary_rpc_method_handler(peers.peer),
        "UnaryStream": grpc.unary_stream_rpc_method_handler(peers.peer_in_a_stream),
        "StreamStream": grpc.stream_stream_rpc_method_handler(peers.peer_in_a_stream),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


async def unary_unary(channel: grpc.aio.Channel) -> bytes:
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{SERVICE}/UnaryUnary")
    return await method(b"")


async def stream_unary(channel: grpc.aio.Channel) -> bytes:
    method: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(f"/{SERVICE}/StreamUnary")
    return await method(iter([b""]))


async def unary_stream(channel: grpc.aio.Channel) -> bytes:
    method: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(f"/{SERVICE}/UnaryStream")
    return b"".join([each async for each in method(b"")])


async def stream_stream(channel: grpc.aio.Channel) -> bytes:
    method: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(f"/{SERVICE}/StreamStream")
    return b"".join([each async for each in method(iter([b""]))])


Call = Callable[[grpc.aio.Channel], Awaitable[bytes]]
CALLS: tuple[Call, ...] = (unary_unary, stream_unary, unary_stream, stream_stream)


@pytest.mark.parametrize("call", CALLS)
async def test_calls_at_the_same_time_are_shared_out(address: str, peers: Peers, call: Call) -> None:
    """Six calls of any kind that run together, on three connections, are two on each."""
    peers.barrier = asyncio.Barrier(6)
    async with open_channel(address, connections=3) as channel:
        assert sorted(Counter(await asyncio.gather(*(call(channel) for _ in range(6)))).values()) == [2, 2, 2]


async def test_calls_of_all_kinds_are_counted_together(address: str, peers: Peers) -> None:
    """Four calls that run together, one of each kind, on four connections, do not meet."""
    peers.barrier = asyncio.Barrier(4)
    async with open_channel(address, connections=4) as channel:
        assert len(set(await asyncio.gather(*(call(channel) for call in CALLS)))) == 4


async def test_calls_one_after_another_need_one_connection(address: str) -> None:
    """Nobody pays for connections that are not needed: whatever is over is forgotten."""
    async with open_channel(address, connections=4) as channel:
        assert len({await call(channel) for call in CALLS * 2}) == 1


async def test_one_connection_by_default(address: str, peers: Peers) -> None:
    """However many calls run together."""
    peers.barrier = asyncio.Barrier(6)
    async with open_channel(address) as channel:
        assert len(set(await asyncio.gather(*(unary_unary(channel) for _ in range(6))))) == 1


async def test_a_cancelled_call_is_over(address: str, peers: Peers) -> None:
    """It does not count as one that is under way."""
    async with open_channel(address, connections=2) as channel:
        before = await unary_unary(channel)
        peers.barrier = asyncio.Barrier(3)
        waits = [asyncio.create_task(unary_unary(channel)) for _ in range(2)]
        await asyncio.sleep(0)
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        peers.barrier = None
        assert await unary_unary(channel) == before


async def test_a_connection_that_can_not_be_made_is_passed_over(address: str, peers: Peers) -> None:
    """While another one works, as where a proxy lets in one connection of everybody."""
    with fault_proxy(f"http://{address}") as proxy:
        async with open_channel(proxy.url.removeprefix("http://"), connections=2) as channel:
            works = await unary_unary(channel)
            proxy.is_down = True
            peers.barrier = asyncio.Barrier(2)
            first = asyncio.create_task(unary_unary(channel))
            await asyncio.sleep(0)
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await unary_unary(channel)
            assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
            assert await unary_unary(channel) == await first == works


async def test_a_closed_channel_has_closed_all_its_connections(address: str, peers: Peers) -> None:
    """Calls that run are cancelled on each."""
    peers.barrier = asyncio.Barrier(5)
    channel = open_channel(address, connections=2)
    running = [asyncio.create_task(unary_unary(channel)) for _ in range(4)]
    await asyncio.sleep(0)
    await channel.close()
    ended = await asyncio.gather(*running, return_exceptions=True)
    assert {type(each) for each in ended} == {asyncio.CancelledError}
    assert channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN


@pytest.mark.parametrize("connections", [0, -1])
def test_a_client_has_a_connection(connections: int) -> None:
    """None, or fewer, is refused in a sentence."""
    with pytest.raises(ValueError, match="one connection at least"):
        EmoClient.connect("localhost:50051", connections=connections)
