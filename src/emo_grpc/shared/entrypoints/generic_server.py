"""Registers methods so that a call costs the same however many there are."""

from collections.abc import Mapping, Sequence
from typing import Any

import grpc


class GenericServer:
    """What the generated `add_…_to_server` functions are given in place of the server.

    They register each method twice: as a generic handler, and by its name in gRPC's core. With the second, grpc.aio
    (1.85) keeps one waiting task for each method and looks at all of them at every call, which costs about 4 µs for
    each method and call. The generic handlers alone do all that we need.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Register with the server."""
        self._server.add_generic_rpc_handlers(handlers)

    # Any: handlers are untyped in gRPC.
    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        """Register nothing: the generic handlers suffice."""
