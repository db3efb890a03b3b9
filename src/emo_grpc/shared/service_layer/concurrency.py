"""Does many things at the same time, up to a limit."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def results_in_order(works: AsyncIterable[Coroutine[Any, Any, T]], at_once: int) -> AsyncGenerator[T, None]:
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


async def for_each_concurrently(found: AsyncIterator[T], work: Callable[[T], Awaitable[None]], limit: int) -> None:
    """Do it for each, up to `limit` at a time. The first that fails stops all, and its error is raised."""
    room = asyncio.Semaphore(limit)

    async def one(thing: T) -> None:
        try:
            await work(thing)
        finally:
            room.release()

    try:
        async with asyncio.TaskGroup() as group:
            async for thing in found:
                await room.acquire()
                group.create_task(one(thing))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
