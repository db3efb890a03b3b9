"""Where in a trace something happens: https://www.w3.org/TR/trace-context/. Nobody is in one unless traces are on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

TRACE_ID: Final = slice(3, 35)
"""Where its 32 hex digits stand in a traceparent: `VERSION-TRACE-SPAN-FLAGS`."""

_TRACEPARENT: Final[ContextVar[str]] = ContextVar("emo_traceparent", default="")


def current_traceparent() -> str:
    """The call, the delivery or the command of the server's own that is under way; empty outside of traces."""
    return _TRACEPARENT.get()


@contextmanager
def traced_as(traceparent: str) -> Iterator[None]:
    """Name the place in a trace of all that is done in the block."""
    before = _TRACEPARENT.set(traceparent)
    try:
        yield
    finally:
        _TRACEPARENT.reset(before)


def trace_fields(traceparent: str) -> dict[str, str]:
    """What a log line says of it; nothing of an empty one."""
    return {"trace_id": traceparent[TRACE_ID]} if traceparent else {}


@dataclass(slots=True)
class CallOutcome:
    """How a call ended, told to its trace before it is left. `code` is the number of its status.

    `is_fault`: the server could not do what it should. The ids are empty for whoever is not known.
    """

    code: int = 0
    reason: str = ""
    is_fault: bool = False
    user_id: str = ""
    actor_id: str = ""


CallTracer = Callable[[str, str, str], AbstractContextManager[CallOutcome]]
"""Traces a call: takes the full name of its service and its method, both empty for what no contract has, and the
traceparent that came with it. That may be any text; what is no traceparent is ignored."""
