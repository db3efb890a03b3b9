"""Traces of real processes, at a real collector."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from collector import NO_PARENT, Collector, Seen, running_collector
from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess, running_server
from e2e.shared_engines import own_settings, shared_engines
from e2e.workers_client import PART, WorkersClient, log_lines
from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.users import build_users
from emo_grpc.client import EmoClient, EmoClientError
from emo_grpc.settings import Settings
from emo_grpc.shared.service_layer.tracing import traced_as
from emo_grpc.users.domain.commands import RegisterUser
from waiting import wait_until

SETTINGS = {"LOG_LEVEL": "info", "LOG_FORMAT": "json"}
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"
PERSONAL = {
    "username": "quetzal",
    "email": "quetzal@zanzibar.example",
    "password": "tarragon saffron",
    "title": "Letter to Wilhelmina",
    "description": "On the marmalade",
    "tag": "rhubarb",
    "person": "Bartholomew",
    "file": "ptarmigan.txt",
    "content": "Dearest Ottoline",
    "new title": "Postcard to Cordelia",
    "device": "periwinkle",
    "request id": "from-peregrine",
    "tracestate": "vendor=persimmon",
    "method": "MyMotherIsLeopoldine",
}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with running_collector() as made:
        yield made


def running(folder: Path, collector: Collector, **settings: str) -> AbstractContextManager[ServerProcess]:
    return running_server(folder, SETTINGS | collector.environment | settings)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[ServerProcess]:
    """One for all tests, which look for traces of their own."""
    with running(tmp_path_factory.mktemp("traced"), collector) as made:
        yield made


def of_trace(collector: Collector, trace_id: str) -> list[Seen]:
    return [seen for seen in collector.spans if seen.trace_id == trace_id]


def seen_in(collector: Collector, trace_id: str, name: str) -> Seen:
    """The first span of that name in the trace, once it has come."""
    wait_until(lambda: any(seen.name == name for seen in of_trace(collector, trace_id)), shown=lambda: collector.spans)
    return next(seen for seen in of_trace(collector, trace_id) if seen.name == name)


async def go_about(server: ServerProcess, folder: Path) -> None:
    """Do most of what people do, and what goes wrong."""
    source = folder / PERSONAL["file"]
    source.write_text(PERSONAL["content"])
    async with EmoClient.connect(server.address) as client:
        await client.users.register(PERSONAL["username"], PERSONAL["email"], PERSONAL["password"])
        await client.login(PERSONAL["email"], PERSONAL["password"], device_id=PERSONAL["device"])
        with pytest.raises(EmoClientError):
            await client.users.login("nobody-quetzal", PERSONAL["password"])
        about = pb.Asset(
            title=PERSONAL["title"],
            description=PERSONAL["description"],
            tags=[PERSONAL["tag"]],
            people=[PERSONAL["person"]],
        )
        sent = await client.upload(source, about)
        assert [chunk async for chunk in client.download_chunks(sent.asset_id)] == [PERSONAL["content"].encode()]
        await client.assets.update(pb.Asset(asset_id=sent.asset_id, title=PERSONAL["new title"]), ["title"])
        assert len((await client.assets.tag_cloud())[0].tag) == len(PERSONAL["tag"])
        await client.assets.purge(sent.asset_id, force=True)
        with pytest.raises(EmoClientError):
            await client.assets.get(sent.asset_id)
        await client.users.delete_me(PERSONAL["password"])


async def odd_calls(server: ServerProcess) -> None:
    """What a stranger may send."""
    odd = (
        ("x-request-id", PERSONAL["request id"]),
        ("traceparent", TRACEPARENT),
        ("tracestate", PERSONAL["tracestate"]),
    )
    async with grpc.aio.insecure_channel(server.address) as channel:
        for path in (PERSONAL["method"], f"emo.users.v1.UsersService/{PERSONAL['method']}"):
            call: Any = channel.unary_unary(f"/{path}")
            with pytest.raises(grpc.aio.AioRpcError):
                await call(b"", metadata=odd)


async def test_no_span_tells_of_people(server: ServerProcess, collector: Collector, tmp_path: Path) -> None:
    """Of a whole tour nothing that people wrote is in what is sent: no names, addresses, titles, passwords, tokens."""
    await go_about(server, tmp_path)
    await odd_calls(server)
    for name in ("delivery UserRemoved remove_assets_of_user", "delivery AssetDeleted delete_blob_of_asset", "_OTHER"):
        wait_until(lambda name=name: collector.named(name))  # type: ignore[misc] # mypy knows no lambda with a default
    sent = "".join(map(str, collector.requests))
    assert "command CreateAsset" in sent
    assert {what for what, text in PERSONAL.items() if text in sent} == set()
    assert "Bearer" not in sent
    assert "eyJ" not in sent
    assert "127.0.0.1" not in sent


async def test_a_call_from_its_caller_to_the_store(server: ServerProcess, collector: Collector, tmp_path: Path) -> None:
    """The client sends the span that is active; command, unit of work, commit and store calls are below the call."""
    source = tmp_path / "x.txt"
    source.write_text("x")
    tracer = TracerProvider().get_tracer("test")
    async with EmoClient.connect(server.address) as client:
        await client.users.register("dora", "dora@example.org", "correct horse")
        await client.login("dora", "correct horse")
        with tracer.start_as_current_span("mine"):
            mine = trace.get_current_span().get_span_context()
            sent = await client.upload(source)
            async for _ in client.download_chunks(sent.asset_id):
                pass
    trace_id = f"{mine.trace_id:032x}"
    service = "emo.assets.v1.AssetsService"
    call = seen_in(collector, trace_id, f"{service}/CreateAsset")
    assert int.from_bytes(call.span.parent_span_id) == mine.span_id
    assert call.attributes["rpc.grpc.status_code"] == 0
    assert set(call.attributes) == {"rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code", "user.id"}
    (command,) = [seen for seen in collector.children_of(call) if seen.name == "command CreateAsset"]
    (unit,) = collector.children_of(command)
    below = {seen.name: seen.attributes["emo.engine"] for seen in collector.children_of(unit)}
    assert below.items() >= {"store assets.add": "SQLite", "commit assets": "SQLite"}.items()
    upload = seen_in(collector, trace_id, f"{service}/UploadAsset")
    assert {"store blobs.commit_part", "command CompleteAtOnce"} <= {
        seen.name for seen in collector.children_of(upload)
    }
    download = seen_in(collector, trace_id, f"{service}/DownloadAsset")
    names = [seen.name for seen in collector.children_of(download)]
    assert sorted(names) == ["store asset_views.download", "store blobs.open", "store credentials.live_session"]
    told = {line.get("trace_id") for line in log_lines(server) if line.get("method") == f"/{service}/CreateAsset"}
    assert trace_id in told


async def test_a_delivery_long_after(server: ServerProcess, collector: Collector) -> None:
    """An event is delivered in a trace of its own, which is linked to the call that caused it."""
    async with grpc.aio.insecure_channel(server.address) as channel:
        account = users_pb2.RegisterUserRequest(username="emil", email="emil@example.org", password="correct horse")
        stub: Any = users_pb2_grpc.UsersServiceStub(channel)
        await stub.RegisterUser(account, metadata=(("traceparent", f"00-{'ab' * 16}-{'cd' * 8}-00"),))
    call = seen_in(collector, "ab" * 16, "emo.users.v1.UsersService/RegisterUser")

    def deliveries() -> list[Seen]:
        found = collector.named("delivery UserRegistered send_activation_mail")
        return [seen for seen in found if [link.span_id for link in seen.span.links] == [call.span.span_id]]

    wait_until(deliveries)
    (delivery,) = deliveries()
    assert delivery.span.parent_span_id == NO_PARENT
    assert delivery.trace_id != "ab" * 16
    assert "unit of work users" in {seen.name for seen in collector.children_of(delivery)}


def test_the_command_is_one_trace(server: ServerProcess, collector: Collector, emo: EmoProcess) -> None:
    """`emo` names the trace of all its calls where the variables are set; a collector that is away breaks nothing."""
    emo.run("--server", server.address, "register", "fritz", "--email", "fritz@example.org")
    assert not collector.named("emo register")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in collector.environment.items():
            patch.setenv(name, value)
        emo.run("login", "fritz")
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
        assert emo.run("ls").stderr == b""
        patch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")
        assert emo.run("ls").stderr == b""
    (command,) = collector.named("emo login")
    login = seen_in(collector, command.trace_id, "emo.users.v1.UsersService/Login")
    assert (command.service, login.service) == ("emo-command", "emo")
    assert login.span.parent_span_id == command.span.span_id


@pytest.fixture
def engines(tmp_path: Path, mongod_url: str, s3_location: S3Location) -> Iterator[dict[str, str]]:
    """Settings of servers on shared engines, with a database of this test."""
    with shared_engines(mongod_url, s3_location) as variables:
        yield variables | own_settings(tmp_path)


async def register_traced(variables: dict[str, str]) -> None:
    settings = Settings.model_validate({name.lower(): value for name, value in variables.items()})
    async with open_engines(settings) as opened:
        command = RegisterUser(username="gerd", email="gerd@example.org", password="correct horse")
        with traced_as(TRACEPARENT):
            await build_users(opened).bus.handle(command)


def test_shared_engines_and_workers(tmp_path: Path, collector: Collector, engines: dict[str, str]) -> None:
    """Each worker sends its own spans, with the names of the engines; `emo worker` links what it delivers."""
    asyncio.run(register_traced(engines))
    with subprocess.Popen(
        [COMMAND, "worker"], env=os.environ | engines | collector.environment, cwd=tmp_path
    ) as worker:
        try:
            linked = [TRACE_ID]
            found = collector.named
            wait_until(
                lambda: any(
                    [link.trace_id.hex() for link in seen.span.links] == linked
                    for seen in found("delivery UserRegistered send_activation_mail")
                )
            )
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        finally:
            worker.kill()
    with running(tmp_path / "server", collector, EMO_WORKERS="2", **engines) as server:
        client = WorkersClient(server)
        client.upload(0, PART)
        client.close()
        part = collector.named
        wait_until(lambda: {seen.attributes["emo.engine"] for seen in part("store blobs.commit_part")} >= {"S3"})
        wait_until(lambda: {seen.attributes["emo.engine"] for seen in part("commit assets")} >= {"MongoDB"})
        assert server.stop() == 0


def test_a_collector_that_is_away(tmp_path: Path) -> None:
    """The service goes on, says so in one line, and ends with 0; when it is back, that is a line, too."""
    with running_collector() as gone:
        pass
    with running(tmp_path, gone, OTEL_EXPORTER_OTLP_TIMEOUT="0.2") as server:
        client = WorkersClient(server)

        def told() -> list[str]:
            return [str(line["event"]) for line in log_lines(server) if "collector" in str(line["event"])]

        def called_until_told(count: int) -> bool:
            assert client.get_me()
            return len(told()) == count

        wait_until(lambda: called_until_told(1))
        with running_collector(gone.address) as back:
            wait_until(lambda: called_until_told(2) and bool(back.spans))
            client.close()
            assert server.stop() == 0
    assert ["again" in line for line in told()] == [False, True]
    assert all(line["level"] != "error" for line in log_lines(server))
