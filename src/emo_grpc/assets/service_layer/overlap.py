"""Does things at the same time that are asked for one after another."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def overlapped(works: AsyncIterable[Coroutine[Any, Any, T]], at_once: int) -> AsyncGenerator[T, None]:
    """Run up to `at_once` of them at the same time, and give their results in order; close it to stop the rest."""
    running: deque[asyncio.Task[T]] = deque()
    try:
        async for work in works:
            running.append(asyncio.create_task(work))
            if len(running) == at_once:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
