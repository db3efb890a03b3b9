"""Health, reflection, limits and drain."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from emo_grpc.settings import CannotStart
from emo_grpc.shared.entrypoints.limits import Bounds, Limits
from emo_grpc.shared.entrypoints.messages import ClientTimeouts
from rpc.shared.conftest import Trial, serving_trial
from rpc.shared.replies import Lines, failure, last_line, reason
from rpc.shared.trial_service import NAME
from waiting import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


async def health(trial: Trial, service: str) -> int:
    stub = health_pb2_grpc.HealthStub(trial.channel)
    return int((await stub.Check(health_pb2.HealthCheckRequest(service=service))).status)


@pytest.mark.parametrize("service", ["", NAME])
async def test_health_follows_the_engines(trial_server: Trial, service: str) -> None:
    """Every service is SERVING while the engines answer, and again once they do."""
    assert await health(trial_server, service) == SERVING
    trial_server.engines_are_ok = False
    await trial_server.server.health.probe()
    assert await health(trial_server, service) == NOT_SERVING
    trial_server.engines_are_ok = True
    await trial_server.server.health.probe()
    assert await health(trial_server, service) == SERVING


async def test_health_is_right_at_once() -> None:
    """A server whose engines are away when it starts never says SERVING before they are there."""
    async with serving_trial(engines_are_ok=False) as trial_server:
        assert await health(trial_server, NAME) == NOT_SERVING


async def test_health_of_nothing(trial_server: Trial, lines: Lines) -> None:
    """A service that is not there is NOT_FOUND, and health calls are no noise in the log."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health(trial_server, "nothing")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    line = await last_line(lines)
    assert (line["code"], line["log_level"]) == ("NOT_FOUND", "debug")


async def reflect(
    trial: Trial, version: str, request: reflection_pb2.ServerReflectionRequest
) -> reflection_pb2.ServerReflectionResponse:
    call = trial.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )(iter([request]))
    (response,) = [response async for response in call]
    return response


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection(trial_server: Trial, version: str) -> None:
    """Both versions list every service, and describe each of them."""
    listed = await reflect(trial_server, version, reflection_pb2.ServerReflectionRequest(list_services=""))
    names = [service.name for service in listed.list_services_response.service]
    assert names == [
        NAME,
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ]
    for name in (*names, f"{NAME}.UnaryUnary", "google.protobuf.BytesValue.value"):
        request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=name)
        files = (await reflect(trial_server, version, request)).file_descriptor_response.file_descriptor_proto
        parsed = [descriptor_pb2.FileDescriptorProto.FromString(file) for file in files]
        defined = {f"{file.package}.{service.name}" for file in parsed for service in file.service}
        defined |= {f"{file.package}.{message.name}" for file in parsed for message in file.message_type}
        assert name in defined or name.rpartition(".")[0] in defined
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="not.a.Thing")
    assert (await reflect(trial_server, version, request)).error_response.error_code == grpc.StatusCode.NOT_FOUND.value[
        0
    ]


async def test_limit_of_calls(lines: Lines) -> None:
    """Over the limit a call gets TOO_MANY_CALLS at once, and there is room again when one ends; health passes."""
    async with serving_trial(Limits(strangers=Bounds(9, 9, all=1))) as trial:
        first = asyncio.create_task(trial.answers("UnaryUnary", b"wait"))
        await trial.servicer.waiting.wait()
        assert reason(await failure(trial, "UnaryUnary", b"x")) == "TOO_MANY_CALLS"
        assert await health(trial, "") == SERVING
        first.cancel()
        lines.clear()
        await last_line(lines)
        assert await trial.answers("UnaryUnary", b"x") == [b"x"]


async def test_limit_of_users_calls() -> None:
    """Calls of users have a limit of their own, for which no call counts whose token was not verified."""
    async with serving_trial(Limits(calls=1, timeouts=ClientTimeouts(request=60))) as trial, asyncio.timeout(30):
        method = trial.stub("stream_unary", trial.path("User"))
        halves = [method(metadata=bearer(name)) for name in ("forged", "user")]
        await until(lambda: trial.server.running_calls == 1 and halves[0].done())
        assert reason(await failure(trial, "User", b"x", metadata=bearer("admin"))) == "TOO_MANY_CALLS"
        assert await trial.answers("Public", b"x") == [b"x"]
        halves[1].cancel()
        await until(lambda: not trial.server.running_calls)
        assert await trial.answers("User", b"x", metadata=bearer("admin"))


async def test_limit_of_watches() -> None:
    """Health watches have a limit of their own, with an answer, and leave room for all other calls, checks too."""
    async with serving_trial(Limits(calls=1, watches=Bounds(9, 9, all=2))) as trial:
        stub = health_pb2_grpc.HealthStub(trial.channel)
        watches = [stub.Watch(health_pb2.HealthCheckRequest(service="")) for _ in range(2)]
        for watch in watches:
            assert (await watch.read()).status == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Watch(health_pb2.HealthCheckRequest(service="")).read()
        assert reason(caught.value) == "TOO_MANY_CALLS"
        assert await health(trial, "") == SERVING
        assert await trial.answers("UnaryUnary", b"x") == [b"x"]


async def test_request_that_never_comes() -> None:
    """A call that does not send its request ends by itself, and gives back its place."""
    async with serving_trial(Limits(calls=1, timeouts=ClientTimeouts(request=0.2))) as trial:
        call = trial.stub("stream_unary", trial.path("Public"))()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asyncio.wait_for(call, 5)
        assert reason(caught.value) == "DEADLINE_EXCEEDED"
        assert caught.value.details() == "the request did not come within 0.2 seconds"
        assert await trial.answers("UnaryUnary", b"x") == [b"x"]


async def test_client_that_does_not_read(lines: Lines) -> None:
    """A stream that its client does not take ends by itself, and gives back its place."""
    async with serving_trial(Limits(calls=1, timeouts=ClientTimeouts(write=0.2, status=0.2))) as trial:
        call = trial.call("UnaryStream", b"flood")
        assert (await last_line(lines))["reason"] == "CLIENT_STALLED"
        assert trial.servicer.ended == ["UnaryStream"]
        assert await trial.answers("UnaryUnary", b"x") == [b"x"]
        with pytest.raises(grpc.aio.AioRpcError):
            [message async for message in call]


async def test_drain(trial_server: Trial) -> None:
    """A draining server says so to health watchers, lets running calls end, and takes no new ones."""
    watch = health_pb2_grpc.HealthStub(trial_server.channel).Watch(health_pb2.HealthCheckRequest(service=""))
    assert (await watch.read()).status == SERVING
    upload = trial_server.stub("stream_unary", trial_server.path("StreamUnary"))
    gate = asyncio.Event()

    async def requests() -> AsyncIterator[bytes]:
        yield b"\x0a\x01x"
        await gate.wait()

    running = upload(requests())
    await until(lambda: trial_server.server.running_calls)
    stopping = asyncio.create_task(trial_server.server.stop())
    assert (await watch.read()).status == NOT_SERVING
    assert trial_server.drain.has_started
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await trial_server.answers("UnaryUnary", b"x")
    # CANCELLED is what gRPC says to a call that came between its refusal of new ones and the end of its listening.
    assert caught.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    gate.set()
    assert await running == b"\x0a\x01x"
    await asyncio.wait_for(stopping, 5)


async def test_port_in_use(trial_server: Trial) -> None:
    """A port that somebody has is a sentence, not a second server on it."""
    with pytest.raises(CannotStart, match="can't listen on"):
        async with serving_trial(emo_listen=trial_server.address):
            pass
