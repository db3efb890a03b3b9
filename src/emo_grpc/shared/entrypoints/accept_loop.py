"""The loop in gRPC that takes new calls."""

import asyncio
from typing import Any, Final, Self

import grpc

LOOP: Final = "AioServer._server_main_loop"


class AcceptLoopEnded(Exception):
    """gRPC accepts no more calls, without having been stopped. Only a new process helps; the cause is chained."""


class AcceptLoop:
    """Notices when the loop ends: without it every call is refused, while the process lives on."""

    # Any: gRPC does not say what its loop returns.
    def __init__(self, running: asyncio.Task[Any]) -> None:
        self._running = running

    @classmethod
    async def start(cls, server: grpc.aio.Server) -> Self:
        """Start a server, and watch its loop.

        gRPC's own `wait_for_termination` returns only after the last running call, so it is no help here.
        """
        before = asyncio.all_tasks()
        await server.start()
        begun = {getattr(task.get_coro(), "__qualname__", ""): task for task in asyncio.all_tasks() - before}
        return cls(begun[LOOP])  # a KeyError in a version of gRPC that names it otherwise

    async def run_until(self, stop: asyncio.Event) -> None:
        """Wait for `stop`. Raises AcceptLoopEnded at once if the loop ends before."""
        stopped: asyncio.Task[Any] = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([stopped, self._running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        if self._running.done() and not stop.is_set():
            cause = None if self._running.cancelled() else self._running.exception()
            raise AcceptLoopEnded("gRPC takes no more calls") from cause
