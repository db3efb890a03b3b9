"""Doing a thing again when somebody else was first."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from emo_grpc.shared.domain.errors import ConcurrentChange

Result = TypeVar("Result")
Pause = Callable[[float], Awaitable[None]]
"""Waits for so many seconds."""

MAX_TRIES: Final = 10
FIRST_WAIT: Final = 0.01
MAX_WAIT: Final = 0.5


async def undisturbed(work: Callable[[], Awaitable[Result]], pause: Pause = asyncio.sleep) -> Result:
    """Run it; again, up to ten times in all, when a concurrent change got in its way.

    Waits between tries, exponentially with full jitter: those that met each other come back at different times.
    """
    longest = FIRST_WAIT
    for _ in range(MAX_TRIES - 1):
        try:
            return await work()
        except ConcurrentChange:
            await pause(random.uniform(0.0, longest))  # noqa: S311 - jitter is no secret
            longest = min(longest * 2, MAX_WAIT)
    return await work()
