"""The loop in gRPC that takes new calls."""

import asyncio
from typing import Any, Final, Self

import grpc

LOOP: Final = "AioServer._server_main_loop"


class AcceptLoopEnded(Exception):
    """gRPC takes no more calls, though nobody has stopped it. Only a new process helps; the cause is chained."""


class AcceptLoop:
    """Tells of its end: without it the port refuses everybody, and the process lives on as if nothing had happened."""

    # Any: what the loop gives at its end is gRPC's own.
    def __init__(self, running: asyncio.Task[Any]) -> None:
        self._running = running

    @classmethod
    async def start(cls, server: grpc.aio.Server) -> Self:
        """Start a server, and watch its loop.

        gRPC's own `wait_for_termination` is no help: it tells of a broken loop only after the last running call.
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
