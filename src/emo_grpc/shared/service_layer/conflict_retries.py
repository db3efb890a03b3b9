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
    """From the first command of a subject that met a concurrent change, its commands in this process take turns.

    They do until none waits any more; who comes meanwhile waits from the beginning, for it would meet those who do. So
    however many there are of them, only one at a time competes with other processes. Each subject has turns of its own:
    no command waits for one that changes something else.
    """

    def __init__(self, pause: Pause = asyncio.sleep) -> None:
        self._pause = pause
        self._turns = WeakValueDictionary[Hashable, asyncio.Lock]()

    async def run(self, work: Callable[[], Awaitable[Result]], subject: Hashable = None) -> Result:
        """Run it; again, up to ten times in all, when it raises ConcurrentChange.

        Waits between tries, exponentially with full jitter: processes that met each other come back at different times.
        Work without a subject may be about anything, so it waits for no turn before it has met something.
        """
        turn, tries = None if subject is None else self._turns.get(subject), 0
        if turn is None:
            with suppress(ConcurrentChange):
                return await work()
            turn, tries = self._turns.setdefault(subject, asyncio.Lock()), 1
            await self._wait(0)
        async with turn:
            return await self._in_turn(work, tries)

    async def _in_turn(self, work: Callable[[], Awaitable[Result]], tries: int) -> Result:
        for earlier in range(tries, MAX_TRIES - 1):
            with suppress(ConcurrentChange):
                return await work()
            await self._wait(earlier)
        return await work()

    async def _wait(self, earlier: int) -> None:
        longest = min(FIRST_WAIT * (1 << earlier), MAX_WAIT)
        await self._pause(random.uniform(0.0, longest))  # noqa: S311 - jitter is no secret
