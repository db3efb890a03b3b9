"""Going through many things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

BATCH: Final = 500


async def batches(found: AsyncIterator[T]) -> AsyncIterator[list[T]]:
    """Up to 500 at a time."""
    batch: list[T] = []
    async for thing in found:
        batch.append(thing)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


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
