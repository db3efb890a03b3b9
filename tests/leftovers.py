"""What a test must not leave behind."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from waiting import until


@asynccontextmanager
async def nothing_left_behind() -> AsyncIterator[None]:
    """No task still runs after the block, and no task or future failed with nobody looking."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gc.freeze()  # so that only what the block makes is looked through
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
    # What was just cancelled needs a moment to end.
    await until(lambda: asyncio.all_tasks() == {asyncio.current_task()}, 5, shown=asyncio.all_tasks)
    assert complaints == []
