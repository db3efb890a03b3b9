"""Spans of calls and of the work that they cause, and where they are sent."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from opentelemetry.trace import StatusCode

from collector import NO_PARENT, Collector, running_collector
from emo_grpc.shared.adapters.otel.tracer import OtelTracer
from emo_grpc.shared.domain.errors import NotFound, Unavailable
from emo_grpc.shared.service_layer.observing import Work, WorkKind
from emo_grpc.shared.service_layer.tracing import current_traceparent, trace_fields
from emo_grpc.telemetry.provider import follows_callers, open_tracer

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"00-{TRACE_ID}-{PARENT}-01", f"00-{TRACE_ID}-{PARENT}-00"
COMMAND, STORE = Work(WorkKind.COMMAND, "CreateAsset"), Work(WorkKind.STORE, "assets.add", "SQLite")


@pytest.fixture(scope="module")
def listening() -> Iterator[Collector]:
    with running_collector() as made:
        yield made


@pytest.fixture
def collector(listening: Collector, monkeypatch: pytest.MonkeyPatch) -> Collector:
    """Named by the environment of this process, and empty."""
    for name, value in listening.environment.items():
        monkeypatch.setenv(name, value)
    listening.requests.clear()
    return listening


@asynccontextmanager
async def tracing(patience: float = 30.0, told: list[int] | None = None) -> AsyncIterator[OtelTracer]:
    """At its end all spans have been sent."""
    on_change = (told if told is not None else []).append
    async with open_tracer("emo", "1.2.3", on_change, patience=patience) as tracer:
        yield OtelTracer(tracer, follows_callers=follows_callers())


@contextmanager
def a_call(tracer: OtelTracer, traceparent: str = "") -> Iterator[None]:
    with tracer.call("emo.assets.v1.AssetsService", "CreateAsset", traceparent):
        yield


async def test_a_call_is_in_the_trace_of_its_caller(collector: Collector) -> None:
    """With the caller's span for its parent, under its own name, with what the conventions want and the log's ids."""
    async with tracing() as tracer:
        with tracer.call("emo.assets.v1.AssetsService", "CreateAsset", SAMPLED) as outcome:
            assert trace_fields(current_traceparent()) == {"trace_id": TRACE_ID}
            outcome.code, outcome.reason, outcome.user_id = 5, "ASSET_NOT_FOUND", "u"
    assert current_traceparent() == ""
    (seen,) = collector.spans
    assert (seen.name, seen.service, seen.trace_id) == ("emo.assets.v1.AssetsService/CreateAsset", "emo", TRACE_ID)
    assert seen.span.parent_span_id.hex() == PARENT
    assert seen.span.status.code == StatusCode.UNSET.value
    assert seen.attributes == {
        "rpc.system": "grpc",
        "rpc.service": "emo.assets.v1.AssetsService",
        "rpc.method": "CreateAsset",
        "rpc.grpc.status_code": 5,
        "emo.reason": "ASSET_NOT_FOUND",
        "user.id": "u",
    }


@pytest.mark.parametrize(
    "odd",
    [
        "", "garbage", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE_ID}-{'0' * 16}-01", f"ff-{TRACE_ID}-{PARENT}-01",
        f"00-{TRACE_ID.upper()}-{PARENT}-01", SAMPLED + "-more", "x" * 8_000, "00-\u0661" + TRACE_ID[1:],
    ],
)  # fmt: skip
async def test_odd_headers_are_ignored(collector: Collector, odd: str) -> None:
    """What is no traceparent begins a trace of the server's own."""
    async with tracing() as tracer:
        with a_call(tracer, odd):
            pass
    (seen,) = collector.spans
    assert seen.span.parent_span_id == NO_PARENT
    assert seen.trace_id not in {TRACE_ID, "0" * 32}


@pytest.mark.parametrize(
    ("variables", "traceparent", "recorded"),
    [
        ({}, UNSAMPLED, True),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}, SAMPLED, False),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}, SAMPLED, True),
        ({"OTEL_TRACES_SAMPLER": "parentbased_always_on"}, UNSAMPLED, False),
    ],
)
async def test_who_chooses_what_is_recorded(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], traceparent: str, recorded: bool
) -> None:
    """The operator: a caller's flag counts only for a sampler that asks for it. The log has the id anyway."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with tracing() as tracer:
        with a_call(tracer, traceparent), tracer.observe(COMMAND), tracer.observe(STORE):
            assert trace_fields(current_traceparent()) == {"trace_id": TRACE_ID}
    assert len(collector.spans) == (3 if recorded else 0)


async def test_headers_can_be_refused(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """With OTEL_PROPAGATORS=none every call begins a trace of its own."""
    monkeypatch.setenv("OTEL_PROPAGATORS", "none")
    async with tracing() as tracer:
        with a_call(tracer, SAMPLED):
            pass
    assert collector.spans[0].trace_id != TRACE_ID


async def test_work_of_a_call(collector: Collector) -> None:
    """Each piece is a child of what it is done in; nothing is made of what is done for each MiB of a file."""
    reading = Work(WorkKind.STORE, "blobs.read", "folder", is_frequent=True)
    async with tracing() as tracer:
        with a_call(tracer), tracer.observe(COMMAND):
            with tracer.observe(STORE):
                pass
            with tracer.observe(reading):
                pass
    store, command, call = collector.spans
    assert [seen.name for seen in (store, command)] == ["store assets.add", "command CreateAsset"]
    assert (store.span.parent_span_id, command.span.parent_span_id) == (command.span.span_id, call.span.span_id)
    assert store.attributes == {"emo.work": "store", "emo.name": "assets.add", "emo.engine": "SQLite"}


async def test_work_outside_of_calls(collector: Collector) -> None:
    """A command of the server's own begins a trace; what looks for work every second does not."""
    async with tracing() as tracer:
        with tracer.observe(STORE):
            assert current_traceparent() == ""
        with tracer.observe(COMMAND):
            assert current_traceparent() != ""
    assert [seen.name for seen in collector.spans] == ["command CreateAsset"]


@pytest.mark.parametrize(("cause", "links"), [(SAMPLED, [TRACE_ID]), ("", []), ("damaged", [])])
async def test_a_delivery_is_linked_to_its_cause(collector: Collector, cause: str, links: list[str]) -> None:
    """It is a trace of its own, in no other even if it is made there, and what it causes has it for its cause."""
    async with tracing() as tracer:
        with a_call(tracer), tracer.observe(Work(WorkKind.DELIVERY, "AssetDeleted remove_blob", cause=cause)):
            mine = current_traceparent()
    delivery, call = collector.spans
    assert delivery.span.parent_span_id == NO_PARENT
    assert trace_fields(mine)["trace_id"] == delivery.trace_id != call.trace_id
    assert [link.trace_id.hex() for link in delivery.span.links] == links


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("Ann's letter"), StatusCode.UNSET),
        (Unavailable("Ann's letter"), StatusCode.ERROR),
        (ValueError("Ann's letter"), StatusCode.ERROR),
        (asyncio.CancelledError("Ann's letter"), StatusCode.UNSET),
    ],
)
async def test_errors_are_told_by_their_type(collector: Collector, error: BaseException, status: StatusCode) -> None:
    """Never by their text, which may quote people; a refusal and a cancellation are no faults."""
    async with tracing() as tracer:
        with pytest.raises(type(error)), a_call(tracer), tracer.observe(COMMAND):
            raise error
    command = collector.spans[0]
    assert (command.attributes["error.type"], command.span.status.code) == (type(error).__name__, status.value)
    assert all("letter" not in str(request) for request in collector.requests)


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]
)
async def test_variables_without_sense(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """They are an error at the start."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="must be grpc" if "PROTOCOL" in name else "soon"):
        async with tracing():
            pass


async def test_a_silent_collector_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes connections and never answers is waited for as long as was said, and not for half a minute."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        async with asyncio.timeout(9):  # the exporter itself gives up after ten
            async with tracing(patience=0.2) as tracer:
                with a_call(tracer):
                    pass


async def test_a_collector_that_is_away_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many spans are lost; and once, with how many they were, when it is back. What waits is bounded."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.05")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32")
    with running_collector() as first:
        address = first.address
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{address}")
    told: list[int] = []
    async with tracing(told=told) as tracer:
        made = await spans_until(tracer, lambda: len(told) == 1)
        for _ in range(1_000):
            with a_call(tracer):
                pass
        with running_collector(address) as back:
            await spans_until(tracer, lambda: len(told) == 2 and bool(back.spans))
    assert told[0] == 0
    assert 0 < told[1] <= made + 1_000


async def spans_until(tracer: OtelTracer, holds: Callable[[], bool]) -> int:
    """Make one after the other until it holds; gives how many."""
    made = 0
    async with asyncio.timeout(30):
        while not holds():
            with a_call(tracer):
                made += 1
            await asyncio.sleep(0.01)
    return made
