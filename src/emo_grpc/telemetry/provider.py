"""OpenTelemetry's SDK, as its own variables (`OTEL_…`) of the environment say."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import Tracer

from emo_grpc.telemetry.exporter import OnChange, TellingExporter

LIBRARY_LOGS: Final = ("opentelemetry.exporter.otlp.proto.grpc.exporter", "opentelemetry.sdk._shared_internal")
"""What they say of a collector that is away, at each try, is told once by `on_change`."""


@asynccontextmanager
async def open_tracer(service: str, version: str, on_change: OnChange, *, patience: float) -> AsyncIterator[Tracer]:
    """Make spans for the block, sent in the background; the newest 2048 (OTEL_BSP_MAX_QUEUE_SIZE) wait in memory.

    At its end what waits is sent, for `patience` seconds at most. `service` is what OTEL_SERVICE_NAME replaces. Raises
    ValueError when a variable makes no sense.
    """
    for name in LIBRARY_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    exporter = _exporter()
    provider = TracerProvider(
        sampler=_sampler(), resource=_resource(service, version), shutdown_on_exit=False
    )  # whose own end would wait for a silent collector
    provider.add_span_processor(BatchSpanProcessor(TellingExporter(exporter, on_change)))
    try:
        yield provider.get_tracer("emo_grpc", version)
    finally:
        await asyncio.to_thread(_close, provider, exporter, patience)


def follows_callers() -> bool:
    """Whether a call belongs to the trace that its caller names."""
    return "tracecontext" in os.environ.get("OTEL_PROPAGATORS", "tracecontext")


def _exporter() -> OTLPSpanExporter:
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"):
        if os.environ.get(name, "grpc") not in ("", "grpc"):
            raise ValueError(f"{name}: must be grpc")
    return OTLPSpanExporter()


def _sampler() -> ParentBased | None:
    """By default all calls, whatever their callers say of theirs; None: as the variable says."""
    if os.environ.get("OTEL_TRACES_SAMPLER"):
        return None
    return ParentBased(ALWAYS_ON, remote_parent_sampled=ALWAYS_ON, remote_parent_not_sampled=ALWAYS_ON)


def _resource(service: str, version: str) -> Resource:
    given = Resource.create()
    own: dict[str, str | int] = {"service.version": version, "process.pid": os.getpid()}
    if str(given.attributes[SERVICE_NAME]).startswith("unknown_service"):
        own[SERVICE_NAME] = service
    return given.merge(Resource(own))


def _close(provider: TracerProvider, exporter: OTLPSpanExporter, patience: float) -> None:
    sending = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
    sending.start()
    sending.join(patience)
    if sending.is_alive():
        exporter.shutdown()  # which ends what is being sent
