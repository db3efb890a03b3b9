"""Says which trace a call belongs to: https://www.w3.org/TR/trace-context/."""

import sys


def trace_headers() -> tuple[tuple[str, str], ...]:
    """`traceparent`, perhaps with `tracestate`, of the span that is active now; nothing where none is.

    A span can only be active in a program that has imported OpenTelemetry, so that is not done for it.
    """
    if "opentelemetry.trace" not in sys.modules:
        return ()
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - an extra

    headers: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(headers)
    return tuple(headers.items())
