"""Cancelling tasks, and being cancelled while a thread works."""

import asyncio
from contextlib import suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")

AGAIN_AFTER_SECONDS: Final = 1.0


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancel them, and wait for their end, whatever it is.

    A library may take being cancelled for a lost connection, and a loop that goes on after lost connections would go on
    for ever. So they are cancelled again until they have ended.
    """
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=AGAIN_AFTER_SECONDS)


async def run_to_end(work: asyncio.Future[T]) -> T:
    """Give the result of work on a thread. A caller that is cancelled, however often, still waits until it has ended.

    Nothing stops a thread, and what it works on must not be closed under it.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([work])
        raise
