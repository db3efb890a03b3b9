"""Real proxies before real servers, with the files of ops/.

`make test-proxies` sends 2 GiB each way, and keeps a stream silent for five minutes.
"""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from random import Random
from typing import Any

import google_crc32c
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hyperframe.frame import SettingsFrame
from structlog.testing import capture_logs

from e2e.emo_process import EmoProcess
from e2e.proxies.conftest import Before
from e2e.proxies.edge import NGINX, SOURCE, Edge, Kind
from emo.assets.v1.assets_pb2 import Asset, File
from emo.users.v1.users_pb2 import LoginRequest
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client import EmoClient, ProxyAnswered, RetryPolicy
from rpc.replicas import GRACE, Halting, alice_at, open_pair, open_replica
from rpc.vault import MIB, PART, PASSWORD, UPLOAD, some_bytes
from waiting import until

IS_LONG = os.environ.get("EMO_PROXIES") == "long"
SIZE = (2048 if IS_LONG else 64) * MIB
SILENT_SECONDS = 300.0 if IS_LONG else 2.0
# gRPC loses the answer when a write of its own is under way; then another try gets it.
HASTY = RetryPolicy(initial=0.01, maximum=0.1)
FILM = Asset(title="Film", file=File(name="film.mp4"))


class Film:
    """Bytes that differ from chunk to chunk, and are not all in memory."""

    size_bytes = SIZE

    def __init__(self) -> None:
        self._chunk = Random(5).randbytes(MIB)

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        while offset < SIZE:
            number, start = divmod(offset, MIB)
            chunk = number.to_bytes(8, "big") + self._chunk[8:]
            yield chunk[start:]
            offset += MIB - start

    async def check_unchanged(self) -> None:
        """It never changes."""


async def test_large_files_pass(tmp_path: Path, before: Before) -> None:
    """Both ways, whole and unchanged."""
    async with open_pair(tmp_path / "data") as pair:
        edge = before([replica.address for replica in pair.replicas])
        async with alice_at(edge.address, tls=edge.tls) as client:
            sent = await client.upload(Film(), FILM)
            assert sent.size_bytes == SIZE
            crc32c = 0
            async for chunk in client.download_chunks(sent.asset_id):
                crc32c = google_crc32c.extend(crc32c, chunk)
    assert crc32c == sent.crc32c


@pytest.mark.parametrize("is_killed", [False, True], ids=["drained", "cut"])
async def test_an_upload_goes_on_at_the_other_server(tmp_path: Path, before: Before, is_killed: bool) -> None:
    """When the one that it came to is drained, or ended at once, with nobody at the proxy being told."""
    data = some_bytes(2 * PART + 5)
    async with open_pair(tmp_path / "data") as pair:
        edge = before([replica.address for replica in pair.replicas])
        async with alice_at(edge.address, tls=edge.tls) as client:
            source = Halting(data, PART + MIB)
            uploading = asyncio.create_task(client.upload(source, FILM))
            await until(lambda: sum(replica.calls for replica in pair.replicas) == 1)
            index = pair.busy()
            await pair.replicas[index].server.stop(GRACE * (not is_killed))
            source.go_on.set()
            sent = await uploading
            async with EmoClient.connect(pair.replicas[1 - index].address) as direct:
                await direct.login("alice", PASSWORD)
                got = b"".join([chunk async for chunk in direct.download_chunks(sent.asset_id)])
    assert got == data


async def test_a_limit_on_bodies_is_told(tmp_path: Path, kind: Kind, before: Before, emo: EmoProcess) -> None:
    """A proxy that takes no large file is told from the server, to programs and to people."""
    if kind is not NGINX:
        pytest.skip("haproxy bounds no stream whose length it is not told")
    async with open_pair(tmp_path / "data") as pair:
        edge = before([pair.replicas[0].address], {"client_max_body_size 0;": "client_max_body_size 1m;"})
        async with alice_at(edge.address, tls=edge.tls, retries=HASTY) as client:
            with pytest.raises(ProxyAnswered) as caught:
                await client.upload(Film(), FILM)
        assert (caught.value.http_status, caught.value.code.name) == (413, "UNKNOWN")
        (emo.folder / "film.mp4").write_bytes(bytes(4 * MIB))
        trusting = ("--server", edge.address, "--ca-file", str(edge.tls.ca_file))
        await asyncio.to_thread(emo.run, *trusting, "login", "alice")
        done = await asyncio.to_thread(emo.run, "upload", "film.mp4", code=7)
    hint = "it refuses large files; in nginx, client_max_body_size 0 allows any size"
    assert str(caught.value) == f"a proxy before the server has answered with HTTP 413: {hint}"
    assert f"a proxy before the server at {edge.address} has answered with HTTP 413: {hint}\n" in done.stderr.decode()


async def test_a_server_that_is_away_is_told(kind: Kind, before: Before) -> None:
    """By the proxy, which is there."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        edge = before([f"127.0.0.1:{nobody.getsockname()[1]}"])
        error = await error_of_a_call(edge)
    assert (error.http_status, error.code.name) == (kind.answers_away, "UNAVAILABLE")
    assert "the server behind it does not answer" in str(error)


async def test_a_server_that_is_slow_is_told(kind: Kind, before: Before) -> None:
    """When the proxy's patience is over."""
    with answering_nothing() as server:
        error = await error_of_a_call(before([server], dict([kind.lowered])))
    assert (error.http_status, error.code.name) == (504, "UNAVAILABLE")
    assert "its time-out is too short" in str(error)


async def error_of_a_call(edge: Edge) -> ProxyAnswered:
    """Of one that gRPC does not repeat by itself."""
    async with EmoClient.connect(edge.address, tls=edge.tls, access_token="a.b.c") as client:
        with pytest.raises(ProxyAnswered) as caught:
            await client.assets.delete("7035095b-41a2-4f29-9bdb-85e84eadae56")
    return caught.value


@contextmanager
def answering_nothing() -> Iterator[str]:
    """A server that speaks HTTP/2, and never answers."""
    hello = SettingsFrame(0).serialize() + SettingsFrame(0, flags=["ACK"]).serialize()
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as opened:

        def take() -> None:
            with suppress(OSError):
                while True:
                    opened.enter_context(listening.accept()[0]).sendall(hello)

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


async def test_a_silent_stream_lives(tmp_path: Path, before: Before) -> None:
    """A watch of health on which nothing happens for long still hears what happens then."""
    async with open_replica(tmp_path) as replica:
        edge = before([replica.address])
        async with watching(edge) as watch:
            await asyncio.sleep(SILENT_SECONDS)
            await replica.stop(GRACE)
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_which_line_keeps_it_alive(tmp_path: Path, kind: Kind, before: Before) -> None:
    """With that one lowered the proxy ends the same stream."""
    async with open_replica(tmp_path) as replica:
        edge = before([replica.address], dict([kind.lowered]))
        async with watching(edge) as watch:
            with pytest.raises(grpc.aio.AioRpcError):
                await watch.read()


async def test_which_line_lets_an_upload_wait(tmp_path: Path, kind: Kind, before: Before) -> None:
    """With that one lowered the proxy ends a stream whose client is silent; the client begins another, and goes on."""
    if kind is not NGINX:
        pytest.skip("haproxy waits for a client as long as its connection lives")
    with capture_logs() as lines:
        async with open_pair(tmp_path / "data") as pair:
            edge = before([pair.replicas[0].address], {"client_body_timeout 1h;": "client_body_timeout 1s;"})
            async with alice_at(edge.address, tls=edge.tls, retries=HASTY) as client:
                source = Halting(some_bytes(2 * MIB), MIB)
                uploading = asyncio.create_task(client.upload(source, FILM))
                await until(lambda: UPLOAD in {line.get("method") for line in lines})  # at the end of a call
                source.go_on.set()
                assert (await uploading).size_bytes == 2 * MIB
    assert [line["code"] for line in lines if line.get("method") == UPLOAD] == ["CANCELLED", "OK"]


def through(edge: Edge) -> grpc.aio.Channel:
    """A connection to the proxy."""
    assert edge.tls.ca_file is not None
    return grpc.aio.secure_channel(edge.address, grpc.ssl_channel_credentials(edge.tls.ca_file.read_bytes()))


# Any: the types of health know only stubs that block.
@asynccontextmanager
async def watching(edge: Edge) -> AsyncIterator[Any]:
    """A watch of health through the proxy, after its first answer."""
    async with through(edge) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        yield watch


async def test_who_calls(tmp_path: Path, before: Before) -> None:
    """A trusted proxy says for whom it calls, whatever that client makes up."""
    assert await peer_of_a_call(tmp_path, before, ip_network(f"{SOURCE}/32")) == "127.0.0.1"


async def test_a_proxy_that_is_not_trusted(tmp_path: Path, before: Before) -> None:
    """Is not believed: it is itself who calls."""
    assert await peer_of_a_call(tmp_path, before) == SOURCE


async def peer_of_a_call(folder: Path, before: Before, *trusted: object) -> str:
    """Who calls, by the log, when the client says that it is somebody else."""
    forged = (("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=6.6.6.6"))
    with capture_logs() as lines:
        async with open_replica(folder / "data", trusted_proxies=trusted) as replica:
            edge = before([replica.address])
            async with through(edge) as channel:
                users: Any = UsersServiceStub(channel)
                with pytest.raises(grpc.aio.AioRpcError, match="UNAUTHENTICATED"):
                    await users.Login(LoginRequest(username="nobody", password=PASSWORD), metadata=forged)
            await until(lambda: any("peer" in line for line in lines))
    (peer,) = {line["peer"] for line in lines if "peer" in line}
    return str(peer)
