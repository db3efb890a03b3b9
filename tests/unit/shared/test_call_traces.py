"""Which trace a call belongs to, by its headers."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from emo_grpc.shared.entrypoints.call_traces import CallTraces
from emo_grpc.shared.service_layer.tracing import CallOutcome

TRACEPARENT = f"00-{'4b' * 16}-{'b7' * 8}-01"


@pytest.mark.parametrize(
    ("sent", "taken"), [([], ""), ([TRACEPARENT], TRACEPARENT), ([TRACEPARENT, TRACEPARENT[:-1] + "0"], "")]
)
async def test_only_one_header_counts(sent: list[str], taken: str) -> None:
    """Of two that contradict each other, as when a proxy adds one to a stranger's, neither is believed."""
    given: list[str] = []

    @contextmanager
    def tracer(_service: str, _method: str, traceparent: str) -> Iterator[CallOutcome]:
        given.append(traceparent)
        yield CallOutcome()

    method = SimpleNamespace(is_infrastructure=False, is_known=True, names=("Service", "Method"))
    # Any: a real call takes a real connection.
    call: Any = SimpleNamespace(
        method=method,
        metadata=lambda key: sent if key == "traceparent" else [],
        final_code=grpc.StatusCode.OK,
        reason="",
        user_id="",
        actor_id="",
    )
    async with CallTraces(lambda _: nullcontext(), tracer)(call):
        pass
    assert given == [taken]
