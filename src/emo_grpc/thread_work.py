"""Work on threads, for servers and clients: whoever waits for it is cancelled, and the thread works on."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def on_thread(work: Callable[[], T], threads: Executor | None = None) -> T:
    """Do it on one of these threads, or one of the loop's own; see `run_to_end`."""
    return await run_to_end(asyncio.get_running_loop().run_in_executor(threads, work))


async def run_to_end(work: asyncio.Future[T]) -> T:
    """Give the result of work on a thread. A caller that is cancelled, however often, still waits until it has ended.

    Nothing stops a thread: a handle that is closed under it may be another file's when it comes to use it.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([work])
        raise
