"""Looks at what waits in the engines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.shared.adapters.prometheus.backlog_meter import PrometheusBacklogMeter

LOOK_EVERY: Final = timedelta(seconds=15)


@asynccontextmanager
async def backlog_measured(engines: Engines) -> AsyncIterator[None]:
    """Look every 15 seconds while the block runs. While an engine is away, what was seen last stays."""
    if engines.meters is None:
        yield
        return
    looking = asyncio.create_task(_follow(engines, engines.meters.backlog))
    try:
        yield
    finally:
        await cancel_and_wait(looking)


async def look(engines: Engines, meter: "PrometheusBacklogMeter") -> None:
    """Raises as the engines do."""
    now = engines.clock()
    backlog = await engines.outbox.backlog()
    meter.set_rows({"waiting": backlog.waiting, "failing": backlog.failing, "dead": backlog.dead})
    due = backlog.earliest_due_time
    meter.oldest.set(max(0.0, (now - due).total_seconds()) if due else 0)
    verified = await engines.metadata.verified_backups.latest()
    meter.verified_backup.set(verified.create_time.timestamp() if verified else 0)


async def _follow(engines: Engines, meter: "PrometheusBacklogMeter") -> None:
    log = structlog.get_logger("emo")
    while True:
        try:
            await look(engines, meter)
        except EmoError as error:  # of which health tells
            log.debug("what waits in the engines can't be seen", error=error.message)
        except Exception as error:  # the next look may go better
            log.error("what waits in the engines can't be seen", exc_info=error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())
