"""One trace of all that a command does."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PATIENCE: Final = 1.0
"""Seconds that the end of a command may wait for a collector."""


@asynccontextmanager
async def traced(command: str) -> AsyncIterator[None]:
    """Trace what the block asks servers for, where OpenTelemetry's variables say so, and the extra is installed.

    A shell may have them for other programs, so whatever is wrong with them, the command runs.
    """
    async with AsyncExitStack() as stack:
        if _is_wanted():
            with suppress(ImportError, ValueError, OSError):
                await _begin(command, stack)
        yield


async def _begin(command: str, stack: AsyncExitStack) -> None:
    from importlib.metadata import version  # noqa: PLC0415 - see app

    from emo_grpc.telemetry.provider import open_tracer  # noqa: PLC0415 - an extra

    opening = open_tracer("emo-command", version("emo-grpc"), lambda _lost: None, patience=PATIENCE)
    tracer = await stack.enter_async_context(opening)
    # Errors may hold what people wrote.
    stack.enter_context(
        tracer.start_as_current_span(f"emo {command}", record_exception=False, set_status_on_exception=False)
    )


def _is_wanted() -> bool:
    given = os.environ.get
    if given("OTEL_SDK_DISABLED", "").lower() == "true" or given("OTEL_TRACES_EXPORTER") == "none":
        return False
    return given("OTEL_TRACES_EXPORTER") == "otlp" or any(map(given, ENDPOINTS))
