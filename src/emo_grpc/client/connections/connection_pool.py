"""Several connections to the same servers, used as one channel."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self, cast

import grpc

from emo_grpc.client.connections.connection import Connection
from emo_grpc.client.connections.pooled_method import PooledMethod

OWN_CONNECTION: Final = ("grpc.use_local_subchannel_pool", 1)
"""By default all channels of a process share the connections to an address."""


class ConnectionPool(grpc.aio.Channel):
    """A channel that begins each call on the connection with the fewest under way.

    So calls one after another use the first alone, and the others are not made before calls run at the same time. One
    that can't be made is passed over while another works. `channels`: at least one, all to the same servers.
    """

    def __init__(self, channels: Sequence[grpc.aio.Channel]) -> None:
        self._connections = [Connection(channel) for channel in channels]
        self._first = channels[0]

    def unary_unary(self, *arguments: Any, **options: Any) -> "grpc.aio.UnaryUnaryMultiCallable[Any, Any]":
        """See grpc.aio.Channel."""
        return cast(
            "grpc.aio.UnaryUnaryMultiCallable[Any, Any]",
            self._pooled(lambda channel: channel.unary_unary(*arguments, **options)),
        )

    def unary_stream(self, *arguments: Any, **options: Any) -> "grpc.aio.UnaryStreamMultiCallable[Any, Any]":
        """See grpc.aio.Channel."""
        return cast(
            "grpc.aio.UnaryStreamMultiCallable[Any, Any]",
            self._pooled(lambda channel: channel.unary_stream(*arguments, **options)),
        )

    def stream_unary(self, *arguments: Any, **options: Any) -> "grpc.aio.StreamUnaryMultiCallable[Any, Any]":
        """See grpc.aio.Channel."""
        return cast(
            "grpc.aio.StreamUnaryMultiCallable[Any, Any]",
            self._pooled(lambda channel: channel.stream_unary(*arguments, **options)),
        )

    def stream_stream(self, *arguments: Any, **options: Any) -> "grpc.aio.StreamStreamMultiCallable[Any, Any]":
        """See grpc.aio.Channel."""
        return cast(
            "grpc.aio.StreamStreamMultiCallable[Any, Any]",
            self._pooled(lambda channel: channel.stream_stream(*arguments, **options)),
        )

    def _pooled(self, method_of: Callable[[grpc.aio.Channel], Callable[..., grpc.aio.Call]]) -> PooledMethod:
        return PooledMethod(self._connections, [method_of(each.channel) for each in self._connections])

    async def close(self, grace: float | None = None) -> None:
        """Close all of them; calls that run may end within `grace` seconds."""
        await asyncio.gather(*(each.channel.close(grace) for each in self._connections))

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Of the first."""
        return self._first.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Of the first."""
        await self._first.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Wait for the first."""
        await self._first.channel_ready()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
