"""Traces calls."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from grpc import StatusCode

from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.interceptor import CallScope
from emo_grpc.shared.service_layer.tracing import CallTracer

TRACEPARENT: Final = "traceparent"
FAULTS: Final = frozenset(
    {
        StatusCode.UNKNOWN,
        StatusCode.DEADLINE_EXCEEDED,
        StatusCode.UNIMPLEMENTED,
        StatusCode.INTERNAL,
        StatusCode.UNAVAILABLE,
        StatusCode.DATA_LOSS,
    }
)
"""Faults of a server, as https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ has them."""


@dataclass(frozen=True, slots=True)
class CallTraces:
    """Runs each call inside `scope`, and in the trace that its `traceparent` names, or in one of its own.

    Health checks and reflection are in none: there are many, and nothing is behind them.
    """

    scope: CallScope
    tracer: CallTracer

    def __call__(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Trace one call."""
        return self.scope(call) if call.method.is_infrastructure else self._traced(call)

    @asynccontextmanager
    async def _traced(self, call: Call) -> AsyncIterator[None]:
        service, method = call.method.names if call.method.is_known else ("", "")
        with self.tracer(service, method, _traceparent(call)) as outcome:
            try:
                async with self.scope(call):
                    yield
            finally:
                code = call.final_code
                outcome.code, outcome.is_fault = code.value[0], code in FAULTS
                outcome.reason, outcome.user_id, outcome.actor_id = str(call.reason), call.user_id, call.actor_id


def _traceparent(call: Call) -> str:
    given = call.metadata(TRACEPARENT)
    return given[0] if len(given) == 1 else ""
