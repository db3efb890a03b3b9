"""Work beside the calls: the relay and the sweeper."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog

from emo_grpc.shared.service_layer.back_off import BackOff
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.shared.service_layer.relay import TRANSIENT, Relay
from emo_grpc.shared.service_layer.tracing import trace_fields

SWEEP_EVERY: Final = timedelta(minutes=10)
FIRST_PAUSE: Final = timedelta(seconds=1)
LAST_PAUSE: Final = timedelta(minutes=1)

Sweep = Callable[[], Awaitable[object]]
Count = Callable[[], Awaitable[int]]


@asynccontextmanager
async def running_beside(relay: Relay, sweep: Sweep, count_outdated: Count) -> AsyncIterator[None]:
    """Run both while the block runs, and tell once how many documents are of an earlier release.

    What is under way at its end is cancelled, and comes back at the next start.
    """
    tasks = [
        asyncio.create_task(_repeated(relay.run)),
        asyncio.create_task(_repeated(lambda: _sweeping(sweep))),
        asyncio.create_task(_repeated(lambda: _tell_outdated(count_outdated), until_done=True)),
    ]
    try:
        yield
    finally:
        await cancel_and_wait(*tasks)


def report_delivery(row: OutboxRow, error: Exception, is_dead: bool) -> None:
    """Log a failed delivery; the event itself may hold what does not belong into logs."""
    log = structlog.get_logger("emo")
    write = log.error if is_dead else log.warning
    write(
        "event given up" if is_dead else "event not delivered yet",
        event_type=row.event_type,
        handler=row.handler,
        row_id=str(row.row_id),
        attempts=row.attempts + 1,
        error=type(error).__name__,
        **trace_fields(row.traceparent),
        exc_info=error if is_dead else None,
    )


def report_dropped(count: int) -> None:
    """Log that dead letters have ended, once for all of them."""
    if count:
        structlog.get_logger("emo").warning("mails that could not be sent are given up for good", count=count)


async def _sweeping(sweep: Sweep) -> None:
    while True:
        await sweep()
        await asyncio.sleep(SWEEP_EVERY.total_seconds())


async def _tell_outdated(count_outdated: Count) -> None:
    if count := await count_outdated():
        structlog.get_logger("emo").warning(
            "documents are of an earlier release: until `emo admin migrate` has rewritten them, lists by words or kinds"
            " leave assets out, and people, places and days are counted without them",
            count=count,
        )


async def _repeated(work: Callable[[], Awaitable[None]], *, until_done: bool = False) -> None:
    back_off = BackOff(FIRST_PAUSE, LAST_PAUSE)
    while True:
        begin = time.monotonic()
        try:
            await work()
            if until_done:
                return
        except TRANSIENT as error:  # of which health tells too
            structlog.get_logger("emo").warning("background work waits", error=error.message)
        except Exception as error:  # background work outlives its faults
            structlog.get_logger("emo").error("background work failed", exc_info=error)
        pause = back_off.after(timedelta(seconds=time.monotonic() - begin))
        await asyncio.sleep(pause.total_seconds())
