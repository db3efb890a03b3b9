"""Traces, where the standard variables of OpenTelemetry ask for them."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import structlog
from dotenv import dotenv_values

from emo_grpc.extras import Extra, installing
from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.settings.names import ENV_FILE

if TYPE_CHECKING:
    from emo_grpc.shared.adapters.otel.tracer import OtelTracer

PREFIX: Final = "OTEL_"
PATIENCE: Final = 3.0
"""Seconds for the last spans, at the end: a server that drains is waited for."""


@asynccontextmanager
async def open_tracer(settings: Settings) -> "AsyncIterator[OtelTracer | None]":
    """Trace for the block; None where traces are off, and then nothing of OpenTelemetry is imported.

    Raises InvalidSettings when the extra is not installed, or a variable makes no sense.
    """
    if not settings.is_traced:
        yield None
        return
    _take_over_file()
    try:
        from emo_grpc.shared.adapters.otel.tracer import OtelTracer  # noqa: PLC0415 - an extra
        from emo_grpc.telemetry import provider  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise InvalidSettings(
            "an OTEL_ variable asks for traces, which need packages that are not installed:"
            f" {installing(Extra.OTEL)}, or set OTEL_SDK_DISABLED=true"
        ) from error
    async with AsyncExitStack() as stack:
        try:
            opening = provider.open_tracer("emo", version("emo-grpc"), _tell, patience=PATIENCE)
            tracer = await stack.enter_async_context(opening)
        except (ValueError, OSError) as error:
            raise InvalidSettings(f"traces can't be sent as the OTEL_ variables say: {error}") from error
        yield OtelTracer(tracer, follows_callers=provider.follows_callers())


def _take_over_file() -> None:
    """OpenTelemetry reads its variables from the environment alone."""
    for name, value in dotenv_values(ENV_FILE).items():
        if name.startswith(PREFIX) and value:
            os.environ.setdefault(name, value)


def _tell(lost: int) -> None:
    log = structlog.get_logger("emo")
    if lost:
        log.warning("traces reach their collector again", lost_spans=lost)
    else:
        log.warning("traces don't reach their collector, and are dropped until they do")
