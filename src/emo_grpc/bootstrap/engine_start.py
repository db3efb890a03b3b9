"""Starts engines that may not answer yet."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog

from emo_grpc.settings import CannotStart
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

TRY_EVERY: Final = timedelta(seconds=1)

Start = Callable[[], Awaitable[None]]
"""Raises Unavailable when the engine does not answer, CannotStart when settings are wrong."""


@asynccontextmanager
async def engine_started(engine: str, start: Start, *, retries_start: bool) -> AsyncIterator[None]:
    """Start an engine for the block. Raises CannotStart.

    When the engine does not answer: with `retries_start` the block begins, while a task tries again every second;
    without, Unavailable is raised.
    """
    trying: asyncio.Task[None] | None = None
    try:
        await start()
    except Unavailable as error:
        if not retries_start:
            raise
        structlog.get_logger("emo").warning("an engine does not answer yet", engine=engine, error=error.message)
        trying = asyncio.create_task(_retry(engine, start))
    try:
        yield
    finally:
        if trying is not None:
            await cancel_and_wait(trying)


async def _retry(engine: str, start: Start) -> None:
    last_error = ""
    while True:
        await asyncio.sleep(TRY_EVERY.total_seconds())
        try:
            await start()
        except Unavailable:
            continue
        except Exception as error:  # go on: the fault may be repaired in the engine
            if str(error) != last_error:
                last_error = str(error)
                fault = None if isinstance(error, CannotStart | EmoError) else error
                structlog.get_logger("emo").error(
                    "an engine can't be used", engine=engine, error=last_error, exc_info=fault
                )
            continue
        structlog.get_logger("emo").warning("an engine answers now", engine=engine)
        return
