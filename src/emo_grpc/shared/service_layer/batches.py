"""Things one by one, taken together for questions that are asked of many at once."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Final, TypeVar

T = TypeVar("T")

BATCH: Final = 500


async def batches(found: AsyncIterable[T]) -> AsyncIterator[list[T]]:
    """Up to 500 at a time; none is empty."""
    batch: list[T] = []
    async for thing in found:
        batch.append(thing)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
