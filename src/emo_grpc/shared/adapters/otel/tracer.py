"""Makes spans of calls and of the work that they cause."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Token
from types import TracebackType
from typing import Final

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from emo_grpc.shared.domain.errors import DataLoss, EmoError, StorageFull, Unavailable
from emo_grpc.shared.service_layer.observing import Work, WorkKind
from emo_grpc.shared.service_layer.tracing import CallOutcome, traced_as

UNKNOWN_METHOD: Final = "_OTHER"
"""What the semantic conventions say in place of a method that is not known."""

FAULTS: Final = (Unavailable, DataLoss, StorageFull)
KINDS: Final = {WorkKind.STORE: SpanKind.CLIENT, WorkKind.DELIVERY: SpanKind.CONSUMER}
_HEADERS: Final = TraceContextTextMapPropagator()
_NOTHING: Final = nullcontext()


class OtelTracer:
    """Spans hold what the code calls things, status codes, and ids of users and services, as the call log does.

    Never what an error says, nor its traceback: both may hold what people wrote. Only work inside of a call, a delivery
    or a command of the server's own has a span; what waits for work has none. With `follows_callers` a call belongs to
    the trace that its caller names (docs/adr/0038).
    """

    def __init__(self, tracer: Tracer, *, follows_callers: bool) -> None:
        self._tracer = tracer
        self._follows_callers = follows_callers

    @contextmanager
    def call(self, service: str, method: str, traceparent: str) -> Iterator[CallOutcome]:
        """See CallTracer; attributes: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/."""
        parent = _context_of(traceparent) if self._follows_callers else Context()
        attributes = {"rpc.system": "grpc", "rpc.method": method or UNKNOWN_METHOD}
        if service:
            attributes["rpc.service"] = service
        name = f"{service}/{method}" if service else UNKNOWN_METHOD
        span = self._tracer.start_span(name, parent, SpanKind.SERVER, attributes)
        outcome = CallOutcome()
        with _Entered(span), traced_as(traceparent_of(span)):
            try:
                yield outcome
            finally:
                _note_outcome(span, outcome)

    def observe(self, work: Work) -> AbstractContextManager[None]:
        """See Observer."""
        if work.kind is WorkKind.DELIVERY:
            return self._begun(work, [Link(cause)] if (cause := _span_context(work.cause)).is_valid else [])
        around = get_current_span()
        if not around.get_span_context().is_valid:
            return self._begun(work, []) if work.kind is WorkKind.COMMAND else _NOTHING
        if work.is_frequent or not around.is_recording():
            return _NOTHING
        return _Entered(self._span(work, None, []))

    @contextmanager
    def _begun(self, work: Work, links: list[Link]) -> Iterator[None]:
        """A trace of its own."""
        span = self._span(work, Context(), links)
        with _Entered(span), traced_as(traceparent_of(span)):
            yield

    def _span(self, work: Work, parent: Context | None, links: list[Link]) -> Span:
        attributes = {"emo.work": str(work.kind), "emo.name": work.name}
        if work.engine:
            attributes["emo.engine"] = work.engine
        kind = KINDS.get(work.kind, SpanKind.INTERNAL)
        return self._tracer.start_span(f"{work.kind} {work.name}", parent, kind, attributes, links)


class _Entered(AbstractContextManager[None]):
    """Makes a span the one that others are made in, and ends it."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> None:
        self._token: Token[Context] = attach(set_span_in_context(self._span))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        detach(self._token)
        if kind is not None:
            self._span.set_attribute("error.type", kind.__name__)
            # A refusal is an answer, and a cancellation is nobody's fault.
            if issubclass(kind, FAULTS) or not issubclass(kind, EmoError | asyncio.CancelledError):
                self._span.set_status(StatusCode.ERROR)
        self._span.end()


def traceparent_of(span: Span) -> str:
    """The header that names it."""
    headers: dict[str, str] = {}
    _HEADERS.inject(headers, set_span_in_context(span, Context()))
    return headers["traceparent"]


def _context_of(traceparent: str) -> Context:
    """That of a header, which may be any text; an empty one for what is none."""
    return _HEADERS.extract({"traceparent": traceparent}, Context())


def _span_context(traceparent: str) -> SpanContext:
    return get_current_span(_context_of(traceparent)).get_span_context()


def _note_outcome(span: Span, outcome: CallOutcome) -> None:
    noted = {"user.id": outcome.user_id, "emo.actor.id": outcome.actor_id, "emo.reason": outcome.reason}
    span.set_attributes({name: value for name, value in noted.items() if value})
    span.set_attribute("rpc.grpc.status_code", outcome.code)
    if outcome.is_fault:
        span.set_status(StatusCode.ERROR)
