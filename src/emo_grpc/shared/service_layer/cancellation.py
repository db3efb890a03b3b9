"""Cancelling tasks."""

import asyncio
from typing import Any, Final

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
