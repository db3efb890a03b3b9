"""Measures calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from emo_grpc.shared.entrypoints.measured_calls import MeasuredCalls
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters


@asynccontextmanager
async def calls_measured(meters: "PrometheusMeters | None") -> AsyncIterator[MeasuredCalls | None]:
    """Give what measures each call."""
    if meters is None:
        yield None
        return
    calls = MeasuredCalls(meters.calls)
    following = asyncio.create_task(calls.follow())
    try:
        yield calls
    finally:
        await cancel_and_wait(following)
