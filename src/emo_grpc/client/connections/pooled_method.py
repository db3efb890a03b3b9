"""A method of a service, on whichever of several connections has least to do."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc

from emo_grpc.client.connections.connection import Connection


class PooledMethod:
    """Calls as a multi-callable of gRPC does, of any of the four kinds.

    `methods` are those of the connections, in their order.
    """

    def __init__(self, connections: Sequence[Connection], methods: Sequence[Callable[..., grpc.aio.Call]]) -> None:
        self._on = tuple(zip(connections, methods, strict=True))

    def __call__(self, *arguments: Any, **options: Any) -> grpc.aio.Call:
        """Begin a call where the fewest are under way, and of those that are equal on the first."""
        by_load = sorted(self._on, key=lambda each: each[0].load)
        connection, method = next((each for each in by_load if not each[0].is_failing), by_load[0])
        call = method(*arguments, **options)
        connection.carry(call)
        return call
