"""Does the same with many files, several at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

SMALL_BYTES: Final = 8 * 1024 * 1024
"""A file below it costs more time in waiting for a disk and an answer than in sending: one part of a server's."""
SMALL_AT_ONCE: Final = 8


def no_bytes(_: object) -> int:
    """The size of what is only looked at."""
    return 0


async def side_by_side(
    items: Sequence[T], work: Callable[[T], Awaitable[None]], size_of: Callable[[T], int] = no_bytes
) -> None:
    """Do the work on each, once, as `small_and_large` does; `size_of` tells the bytes of one."""
    small = [item for item in items if size_of(item) < SMALL_BYTES]
    large = [item for item in items if size_of(item) >= SMALL_BYTES]
    await small_and_large(small, large, work)


async def small_and_large(small: Iterable[T], large: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do the work on each, once: on eight small ones at a time and, beside them, on large ones one after another.

    Each kind is begun in its order, and taken as it is needed. After a first error nothing more is begun; it is raised
    when all that had begun has ended. When all of it is cancelled, the error that some work made of that is raised in
    place of CancelledError.
    """
    failed: list[Exception] = []
    interrupted: list[Exception] = []

    async def take_from(turns: Iterator[T]) -> None:
        for item in turns:
            if failed:
                return
            try:
                await work(item)
            except Exception as error:
                failed.append(error)
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    interrupted.append(error)

    try:
        async with asyncio.TaskGroup() as group:
            for turns in (iter(large), *[iter(small)] * SMALL_AT_ONCE):
                group.create_task(take_from(turns))
    except asyncio.CancelledError:
        if interrupted:
            raise interrupted[0] from None
        raise
    if failed:
        raise failed[0]
