"""What is counted of calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from emo_grpc.shared.adapters.prometheus.call_meter import PrometheusCallMeter
from emo_grpc.shared.entrypoints import measured_calls
from emo_grpc.shared.entrypoints.limits import Limits
from emo_grpc.shared.entrypoints.measured_calls import MeasuredCalls
from rpc.shared.conftest import Trial, serving_trial
from rpc.shared.replies import failure
from rpc.shared.trial_service import KINDS, NAME
from waiting import until

TYPES = {
    "UnaryUnary": "unary",
    "UnaryStream": "server_stream",
    "StreamUnary": "client_stream",
    "StreamStream": "bidi_stream",
}
STRANGE = 50


class Counted:
    """A server whose calls are measured, and what was."""

    def __init__(self, trial: Trial, registry: CollectorRegistry) -> None:
        self.trial = trial
        self._registry = registry

    def value(self, name: str, method: str, **labels: str) -> float | None:
        where = {"grpc_type": TYPES.get(method, "unary"), "grpc_service": NAME, "grpc_method": method}
        return self._registry.get_sample_value(name, where | labels)

    def series(self) -> int:
        return sum(len(metric.samples) for metric in self._registry.collect())

    def labels(self, name: str) -> set[str]:
        return {
            sample.labels[name]
            for metric in self._registry.collect()
            for sample in metric.samples
            if name in sample.labels
        }

    async def ended(self, method: str, code: str) -> None:
        """Until so a call has ended, which is counted a moment after its answer has come."""
        await until(lambda: self.value("grpc_server_handled_total", method, grpc_code=code))


@asynccontextmanager
async def counting(folder: Path) -> AsyncIterator[Counted]:
    registry = CollectorRegistry()
    calls = MeasuredCalls(PrometheusCallMeter(registry))
    following = asyncio.create_task(calls.follow())
    async with serving_trial(Limits(), measured=calls, data_folder=folder) as trial:
        yield Counted(trial, registry)
    following.cancel()


@pytest.fixture
async def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counted]:
    monkeypatch.setattr(measured_calls, "TELL_EVERY", 0.01)
    async with counting(tmp_path) as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call(counted: Counted, kind: str) -> None:
    """Each kind is counted by its method: begun, ended, how long it took, messages and bytes both ways."""
    await counted.trial.answers(kind, b"hello")
    await counted.ended(kind, "OK")
    assert counted.value("grpc_server_started_total", kind) == 1
    out = 2 if kind == "UnaryStream" else 1
    names = ("msg_received", "msg_received_bytes", "msg_sent", "msg_sent_bytes")
    await until(lambda: [counted.value(f"grpc_server_{name}_total", kind) for name in names] == [1, 7, out, 7 * out])
    assert counted.value("grpc_server_handling_seconds_count", kind, grpc_code="OK") == 1
    took = counted.value("grpc_server_handling_seconds_sum", kind, grpc_code="OK")
    assert took is not None
    assert 0 < took < 60


@pytest.mark.parametrize(
    ("said", "code"), [(b"not found", "NOT_FOUND"), (b"fault", "INTERNAL"), (b"abort", "CANCELLED")]
)
async def test_a_call_that_fails(counted: Counted, said: bytes, code: str) -> None:
    """By the code that its client gets."""
    await failure(counted.trial, "UnaryUnary", said)
    await counted.ended("UnaryUnary", code)


async def test_a_call_that_is_not_let_in(counted: Counted) -> None:
    """It is counted like any other, though its servicer never sees it."""
    await failure(counted.trial, "User", b"")
    await counted.ended("User", "UNAUTHENTICATED")
    assert counted.value("grpc_server_started_total", "User") == 1


async def test_a_call_that_is_cancelled(counted: Counted) -> None:
    """Nobody gets its code, and it is counted."""
    call = counted.trial.call("UnaryUnary", b"wait")
    await asyncio.wait_for(counted.trial.servicer.waiting.wait(), 30)
    call.cancel()
    await counted.ended("UnaryUnary", "CANCELLED")


async def test_a_stream_under_way(counted: Counted) -> None:
    """What it moves shows while it runs, and is counted once in all."""
    sent = asyncio.Event()

    async def requests() -> AsyncIterator[bytes]:
        yield b"\n\x05hello"
        await sent.wait()

    call = counted.trial.stub("stream_stream", counted.trial.path("StreamStream"))(requests())
    await until(lambda: counted.value("grpc_server_msg_received_total", "StreamStream") == 1)
    assert counted.value("grpc_server_handled_total", "StreamStream", grpc_code="OK") is None
    sent.set()
    assert [message async for message in call] == [b"\n\x05hello"]
    await counted.ended("StreamStream", "OK")
    await until(lambda: counted.value("grpc_server_msg_sent_bytes_total", "StreamStream") == 7)
    assert counted.value("grpc_server_msg_received_total", "StreamStream") == 1


async def test_methods_that_strangers_make_up(counted: Counted) -> None:
    """All that no contract has is one method, so nobody fills the memory of whoever collects."""
    await counted.trial.answers("UnaryUnary", b"hello")
    paths = [f"/{NAME}/Nothing{n}" for n in range(STRANGE)] + [f"/emo.made.up.v{n}.Service/Get" for n in range(STRANGE)]
    for path in paths:
        with pytest.raises(grpc.RpcError):
            await counted.trial.stub("unary_unary", path)(b"", metadata=(("x-request-id", path),))
    await until(lambda: {"unknown", "UnaryUnary"} == counted.labels("grpc_method"))
    assert counted.labels("grpc_service") == {"unknown", NAME}
    assert counted.labels("grpc_code") == {"OK", "UNIMPLEMENTED"}
    assert counted.series() < 70
