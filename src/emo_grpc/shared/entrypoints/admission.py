"""How many calls at once, and none when the server ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from emo_grpc.shared.domain.errors import ServerDraining, TooManyCalls
from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.service_layer.drain import Drain

LAST_NEWS: Final = timedelta(milliseconds=200)


class Admission:
    """Refuses calls over the limit, and all new ones once the server drains.

    gRPC's own services have a limit of their own: a full server is a healthy one, and a draining one has to say so.
    """

    def __init__(self, limit: int, drain: Drain, infrastructure_limit: int) -> None:
        self._limit = limit
        self._infrastructure_limit = infrastructure_limit
        self._drain = drain
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._watches: set[asyncio.Timeout] = set()

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Count one call."""
        if call.method.is_infrastructure:
            if len(self._watches) >= self._infrastructure_limit:
                raise TooManyCalls("the server is at its limit of health and reflection calls")
            async with self._watching():
                yield
            return
        if self._drain.has_started:
            raise ServerDraining("this server is going away: go on at another")
        if self._running >= self._limit:
            raise TooManyCalls("the server is at its limit of calls")
        self._running += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    @property
    def running(self) -> int:
        """Calls under way, without those of gRPC's own services."""
        return self._running

    async def idle(self) -> None:
        """Wait until none of our calls is running; gRPC's own services do not count."""
        await self._idle.wait()

    def end_watching(self) -> None:
        """End what gRPC's own services stream (a health watch has no end of its own), once its last news is out."""
        for watch in self._watches:
            watch.reschedule(asyncio.get_running_loop().time() + LAST_NEWS.total_seconds())

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(None) as watch:
                self._watches.add(watch)
                try:
                    yield
                finally:
                    self._watches.discard(watch)
        except TimeoutError as error:
            raise ServerDraining("this server is going away: go on at another") from error
