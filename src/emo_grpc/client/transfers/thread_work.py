"""Work on threads with what its caller closes afterwards."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(work: Callable[[], T]) -> T:
    """Do it on a thread; see `ended`."""
    return await ended(asyncio.get_running_loop().run_in_executor(None, work))


async def ended(working: "asyncio.Future[T]") -> T:
    """Give the result of work on a thread. Cancelled, however often, it waits for its end.

    Nothing stops a thread: a handle that is closed under it may be another file's when it comes to use it.
    """
    try:
        return await asyncio.shield(working)
    finally:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working])
