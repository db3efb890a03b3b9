"""Waits for a state that another task, thread or process brings about and tells by no event."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 120.0
"""After these a state counts as one that does not come. A server that starts within 2 s takes 30 on a busy machine."""
LOOK_EVERY_SECONDS = 0.005


def nothing() -> str:
    return ""


async def until(
    holds: Callable[[], object],
    seconds: float = PATIENCE_SECONDS,
    *,
    every: float = LOOK_EVERY_SECONDS,
    shown: Callable[[], object] = nothing,
) -> None:
    """Wait in the loop until it holds; AssertionError after so many seconds, with what is `shown` then.

    `every`: seconds between two looks; 0 for one in each turn of the loop, where what follows must not come later.
    """

    async def answer() -> object:
        return holds()

    await until_answered(answer, seconds, every=every, shown=shown)


async def until_answered(
    holds: Callable[[], Awaitable[object]],
    seconds: float = PATIENCE_SECONDS,
    *,
    every: float = LOOK_EVERY_SECONDS,
    shown: Callable[[], object] = nothing,
) -> None:
    """The same for what has to be asked for."""
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {shown()}"
        await asyncio.sleep(every)


def wait_until(
    holds: Callable[[], object], seconds: float = PATIENCE_SECONDS, *, shown: Callable[[], object] = nothing
) -> None:
    """The same on a thread that has no loop."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {shown()}"
        time.sleep(LOOK_EVERY_SECONDS)
