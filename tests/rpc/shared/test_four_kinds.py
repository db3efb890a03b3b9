"""The four kinds of RPC: ok, error, cancel, deadline, bad bytes, and what the log says of each."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue
from google.rpc import error_details_pb2

from rpc.shared.conftest import Trial
from rpc.shared.replies import Lines, details, failure, last_line, reason, running
from rpc.shared.trial_service import KINDS

every_kind = pytest.mark.parametrize("kind", KINDS)
STREAMS_IN = ("StreamUnary", "StreamStream")


@every_kind
async def test_ok(trial_server: Trial, lines: Lines, kind: str) -> None:
    """Every kind answers, and its line counts messages and bytes both ways."""
    answers = await trial_server.answers(kind, b"hello")
    assert answers[-1] == b"hello"
    line = await last_line(lines)
    assert (line["method"], line["code"], line["reason"]) == (trial_server.path(kind), "OK", "")
    assert (line["messages_in"], line["bytes_in"], line["peer"]) == (1, 7, "127.0.0.1")
    assert (line["messages_out"], line["bytes_out"]) == ((2, 14) if kind == "UnaryStream" else (1, 7))


@every_kind
async def test_error(trial_server: Trial, lines: Lines, kind: str) -> None:
    """An error raised in any kind arrives with its code, reason and metadata, and so it is in the log."""
    error = await failure(trial_server, kind, b"not found")
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "no such thing")
    assert details(error, error_details_pb2.ErrorInfo).metadata["thing"] == "x"
    line = await last_line(lines)
    assert line["code"] == "NOT_FOUND"
    assert line["reason"] == reason(error) == "INTERNAL"


@every_kind
async def test_fault(trial_server: Trial, lines: Lines, kind: str) -> None:
    """A fault is INTERNAL without a word of what happened; the log has it under the request id of the answer."""
    error = await failure(trial_server, kind, b"fault")
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(error.details()) + str(error.trailing_metadata())
    info = details(error, error_details_pb2.ErrorInfo)
    await last_line(lines)
    fault = next(line for line in lines if line["event"] == "unexpected error")
    assert info.metadata["request_id"] == fault["request_id"] == dict(error.trailing_metadata() or ())["x-request-id"]
    assert "secret internals" in str(fault["exc_info"])


@every_kind
async def test_cancelled_inside(trial_server: Trial, kind: str) -> None:
    """A stray CancelledError, which nobody asked for, is an answer too and not a call without an end."""
    assert (await failure(trial_server, kind, b"stray cancel")).code() is grpc.StatusCode.INTERNAL


@every_kind
async def test_cancel(trial_server: Trial, lines: Lines, kind: str) -> None:
    """A client that cancels ends the servicer's work, and the line says CANCELLED."""
    call = trial_server.call(kind, b"wait")
    await trial_server.servicer.waiting.wait()
    call.cancel()
    assert (await last_line(lines))["code"] == "CANCELLED"
    assert trial_server.servicer.cancelled == [kind]


@every_kind
async def test_deadline(trial_server: Trial, lines: Lines, kind: str) -> None:
    """A deadline that passes ends the servicer's work, and the line says DEADLINE_EXCEEDED."""
    error = await failure(trial_server, kind, b"wait", timeout=1.0)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert (await last_line(lines))["code"] == "DEADLINE_EXCEEDED"
    assert trial_server.servicer.cancelled == [kind]


@every_kind
async def test_client_vanishes(trial_server: Trial, lines: Lines, kind: str) -> None:
    """A client whose connection ends is a cancelled call, and no fault."""
    task = asyncio.create_task(trial_server.answers(kind, b"wait"))
    await trial_server.servicer.waiting.wait()
    await trial_server.channel.close()
    assert (await last_line(lines))["code"] == "CANCELLED"
    assert not [line for line in lines if line["event"] == "unexpected error"]
    with pytest.raises((asyncio.CancelledError, grpc.aio.AioRpcError)):
        await task


@every_kind
async def test_bad_bytes(trial_server: Trial, lines: Lines, kind: str) -> None:
    """Bytes that are not of the request's type are INVALID_ARGUMENT with a reason of their own."""
    error = await failure(trial_server, kind, b"\xff\xff\xff", raw=True)
    assert (error.code(), reason(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE_MESSAGE")
    assert (await last_line(lines))["messages_in"] == 1


@pytest.mark.parametrize("kind", STREAMS_IN)
async def test_bad_bytes_later(trial_server: Trial, kind: str) -> None:
    """The same when the messages before them were good."""
    good = BytesValue(value=b"x").SerializeToString()
    error = await failure(trial_server, kind, good, b"\xff\xff\xff", raw=True)
    assert reason(error) == "UNDECODABLE_MESSAGE"


async def test_no_request(trial_server: Trial) -> None:
    """A call that takes a request and gets none is answered, where gRPC itself would leave it open."""
    for path in ("UnaryUnary", "UnaryStream"):
        call = trial_server.stub("stream_unary", trial_server.path(path))(iter(()))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asyncio.wait_for(call, 10)
        assert reason(caught.value) == "INVALID_ARGUMENT"


async def test_vanished_is_not_half_closed(trial_server: Trial) -> None:
    """A servicer never takes a client that vanished between messages for one that ended its stream."""

    async def requests() -> AsyncIterator[BytesValue]:
        yield BytesValue(value=b"x")
        await asyncio.Event().wait()

    for _ in range(50):
        call = trial_server.channel.stream_unary(
            trial_server.path("StreamUnary"), BytesValue.SerializeToString, BytesValue.FromString
        )(requests())
        await asyncio.wait_for(trial_server.servicer.acted.wait(), 10)
        trial_server.servicer.acted.clear()
        call.cancel()
        await running(trial_server, 0)
    assert trial_server.servicer.ended == []


async def test_too_large(trial_server: Trial, lines: Lines) -> None:
    """A message over 4 MiB is refused, and is no fault."""
    for kind in KINDS:
        error = await failure(trial_server, kind, b"x" * (5 << 20))
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await running(trial_server, 0)
    assert not [line for line in lines if line["event"] == "unexpected error"]


async def test_slow_reader_leaves(trial_server: Trial, lines: Lines) -> None:
    """A client that stops in the middle of a stream ends the servicer's generator at once."""
    call = trial_server.call("UnaryStream", b"wait")
    assert (await call.read()).value == b"first"
    call.cancel()
    await last_line(lines)
    assert trial_server.servicer.ended == ["UnaryStream"]
