"""Runs work again after a concurrent change."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from emo_grpc.shared.domain.errors import ConcurrentChange

Result = TypeVar("Result")
Pause = Callable[[float], Awaitable[None]]
"""Waits for so many seconds."""

MAX_TRIES: Final = 10
FIRST_WAIT: Final = 0.01
MAX_WAIT: Final = 0.5


class ConflictRetries:
    """The commands of this process that met a concurrent change take turns from then on.

    So however many there are of them, only one at a time competes with other processes. Each subject has turns of its
    own: no command waits for one that changes something else.
    """

    def __init__(self, pause: Pause = asyncio.sleep) -> None:
        self._pause = pause
        self._turns = WeakValueDictionary[Hashable, asyncio.Lock]()

    async def run(self, work: Callable[[], Awaitable[Result]], subject: Hashable = None) -> Result:
        """Run it; again, up to ten times in all, when it raises ConcurrentChange.

        Waits between tries, exponentially with full jitter: processes that met each other come back at different times.
        """
        try:
            return await work()
        except ConcurrentChange:
            async with self._turns.setdefault(subject, asyncio.Lock()):
                return await self._again(work)

    async def _again(self, work: Callable[[], Awaitable[Result]]) -> Result:
        for earlier in range(MAX_TRIES - 2):
            await self._wait(earlier)
            with suppress(ConcurrentChange):
                return await work()
        await self._wait(MAX_TRIES - 2)
        return await work()

    async def _wait(self, earlier: int) -> None:
        longest = min(FIRST_WAIT * (1 << earlier), MAX_WAIT)
        await self._pause(random.uniform(0.0, longest))  # noqa: S311 - jitter is no secret
