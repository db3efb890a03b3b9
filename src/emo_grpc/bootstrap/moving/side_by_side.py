"""Many things at the same time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def side_by_side(found: AsyncIterator[T], work: Callable[[T], Awaitable[None]], limit: int) -> None:
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
