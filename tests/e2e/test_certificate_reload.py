"""Certificates of a real server change while it runs, and what SIGHUP means besides."""

import asyncio
import json
import os
import shutil
import signal
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from certificates import Authority
from e2e.server_process import COMMAND, ServerProcess, running_server
from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.client import EmoClient, Tls
from waiting import PATIENCE_SECONDS, until, until_answered

MIB = 1 << 20
SIZE = 12 * MIB
UNCHANGED = "the certificates are unchanged"
TAKEN = "new certificates are shown from now on"
ON_A_TERMINAL = """
import os, sys
output = os.dup(2)
os.login_tty(os.open(sys.argv[1], os.O_RDWR))
for number in (1, 2):
    os.dup2(output, number)
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "old", "new")


def install(authority: Authority, name: str, folder: Path) -> None:
    """As tools for certificates do: each file is written aside, and put in its place whole."""
    folder.mkdir(exist_ok=True)
    for ending in ("crt", "key"):
        shutil.copy(authority.folder / f"{name}.{ending}", folder / "next")
        (folder / "next").rename(folder / f"server.{ending}")


def serving(folder: Path, workers: str = "1") -> AbstractContextManager[ServerProcess]:
    """A server with the certificate that is installed in `folder`."""
    files = {"TLS_CERT_FILE": str(folder / "server.crt"), "TLS_KEY_FILE": str(folder / "server.key")}
    log = {"LOG_FORMAT": "json", "LOG_LEVEL": "info"}
    return running_server(folder / "server", {"EMO_WORKERS": workers, **files, **log})


def shown(server: ServerProcess) -> str:
    """The certificate that a new connection is shown, in PEM."""
    return ssl.get_server_certificate(("127.0.0.1", server.port)).strip()


def lines(server: ServerProcess, event: str) -> int:
    return sum(json.loads(line)["event"] == event for line in server.log.read_text().splitlines())


class HalfASource:
    """Gives half of its bytes, and the others when it may."""

    size_bytes = SIZE

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        for start in range(offset, SIZE, MIB):
            if start == SIZE // 2:
                self.has_begun.set()
                await self.may_go_on.wait()
            yield bytes(MIB)

    async def check_unchanged(self) -> None:
        """It never changes."""


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_hang_up_reloads(tmp_path: Path, authority: Authority, workers: str) -> None:
    """Every worker shows the new certificate, and an upload that was under way goes on over its own connection."""
    install(authority, "old", tmp_path)
    old, new = (authority.read(f"{name}.crt").decode().strip() for name in ("old", "new"))
    with serving(tmp_path, workers) as server:
        assert await asyncio.to_thread(shown, server) == old
        tls = Tls(ca_file=authority.folder / "ca.crt")
        async with EmoClient.connect(server.address, tls=tls) as client:
            await client.users.register("ann", "ann@example.com", "correct horse")
            await client.login("ann", "correct horse")
            source = HalfASource()
            film = Asset(title="Film", file=File(name="film.mp4"))
            uploading = asyncio.create_task(client.upload(source, film))
            await until(lambda: source.has_begun.is_set() or uploading.done())
            install(authority, "new", tmp_path)
            assert server.process is not None
            server.process.send_signal(signal.SIGHUP)
            await until(lambda: lines(server, TAKEN) == int(workers), shown=server.log.read_text)
            assert await asyncio.to_thread(shown, server) == new
            server.process.send_signal(signal.SIGHUP)  # which each worker hears, and not its files alone
            await until(lambda: lines(server, UNCHANGED) == int(workers), shown=server.log.read_text)
            source.may_go_on.set()
            sent = await uploading
            assert (await client.assets.get(sent.asset_id)).file.size_bytes == SIZE
        assert server.log.read_text().count('"method":"/emo.assets.v1.AssetsService/UploadAsset"') == 1


async def test_files_are_watched(tmp_path: Path, authority: Authority) -> None:
    """Nobody has to tell the server that a certificate was renewed."""
    install(authority, "old", tmp_path)
    new = authority.read("new.crt").decode().strip()
    with serving(tmp_path) as server:
        install(authority, "new", tmp_path)

        async def is_shown() -> bool:
            return await asyncio.to_thread(shown, server) == new

        await until_answered(is_shown, every=0.2, shown=server.log.read_text)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_terminal_that_goes_takes_its_server_along(tmp_path: Path, workers: str) -> None:
    """As it would any program; while it is there, SIGHUP ends nothing."""
    screen, keyboard = os.openpty()
    command = (sys.executable, "-c", ON_A_TERMINAL, os.ttyname(keyboard), COMMAND)
    settings = {"EMO_WORKERS": workers, "LOG_FORMAT": "json", "LOG_LEVEL": "info"}
    server = ServerProcess(tmp_path / "server", settings, command=command)
    try:
        server.start()
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        assert is_served(server)
        os.close(keyboard)
        os.close(screen)
        assert server.process.wait(PATIENCE_SECONDS) == 0, server.log.read_text()
    finally:
        server.kill()


def test_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    """Who says so has a server that goes on without one."""
    screen, keyboard = os.openpty()
    nohup = ("nohup", sys.executable, "-c", ON_A_TERMINAL, os.ttyname(keyboard), COMMAND)
    server = ServerProcess(tmp_path / "server", {"LOG_FORMAT": "json", "LOG_LEVEL": "info"}, command=nohup)
    try:
        server.start()
        os.close(keyboard)
        os.close(screen)
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        assert is_served(server)
        assert server.stop() == 0
    finally:
        server.kill()


def is_served(server: ServerProcess) -> bool:
    with grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE_SECONDS, wait_for_ready=True)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
