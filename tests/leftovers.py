"""What a test must not leave behind."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


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
    for _ in range(200):  # what was just cancelled needs a moment to end
        await asyncio.sleep(0)
        if asyncio.all_tasks() == {asyncio.current_task()}:
            break
        await asyncio.sleep(0.005)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert complaints == []
