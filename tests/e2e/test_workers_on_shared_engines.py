"""Processes on shared engines: several servers on one port, and `emo worker`, which has none."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from e2e.ops_client import OpsClient
from e2e.server_process import COMMAND, ServerProcess
from e2e.shared_engines import own_settings, shared_engines
from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.users import build_users
from emo_grpc.settings import Settings
from emo_grpc.users.domain.commands import RegisterUser
from waiting import wait_until

PATIENCE_SECONDS = 30.0


@pytest.fixture
def variables(tmp_path: Path, mongod_url: str, s3_location: S3Location) -> Iterator[dict[str, str]]:
    """Settings of servers on shared engines, with a database of this test."""
    with shared_engines(mongod_url, s3_location) as engines:
        yield engines | own_settings(tmp_path)


async def register(variables: dict[str, str]) -> None:
    settings = Settings.model_validate({name.lower(): value for name, value in variables.items()})
    async with open_engines(settings) as engines:
        command = RegisterUser(username="ann", email="ann@example.org", password="correct horse")
        await build_users(engines).bus.handle(command)


def test_events_are_delivered_without_a_server(tmp_path: Path, variables: dict[str, str]) -> None:
    """It delivers what servers leave to it, tells operators how it is, and a signal ends it with 0."""
    asyncio.run(register(variables))
    with MongoClient[dict[str, object]](variables["MONGODB_URL"]) as client:
        outbox = client[variables["MONGODB_DATABASE"]]["outbox"]
        assert outbox.count_documents({}) == 1
        told = {"EMO_OPS_LISTEN": "127.0.0.1:0", "LOG_FORMAT": "json"}
        log = tmp_path / "worker.log"
        with (
            log.open("wb") as written,
            subprocess.Popen(
                [COMMAND, "worker"], env=os.environ | variables | told, cwd=tmp_path, stdout=written, stderr=written
            ) as worker,
        ):
            try:
                wait_until(lambda: outbox.count_documents({}) == 0 or worker.poll() is not None)
                assert (outbox.count_documents({}), worker.poll()) == (0, None)
                wait_until(lambda: "ops_address" in log.read_text())
                ops = OpsClient(log)
                ops.wait_until_ready(wanted=1, answering=1)
                wait_until(lambda: ops.total("emo_store_seconds_count", engine="MongoDB", operation="outbox.done") > 0)
                worker.send_signal(signal.SIGTERM)
                assert worker.wait(PATIENCE_SECONDS) == 0
            finally:
                worker.kill()


def test_several_servers_on_one_port(tmp_path: Path, variables: dict[str, str]) -> None:
    """Shared engines take workers as the embedded ones do, and need no folder to be locked."""
    server = ServerProcess(tmp_path / "server", variables | {"EMO_WORKERS": "2"})
    try:
        server.start()
        assert server.process is not None
        assert len(psutil.Process(server.process.pid).children()) == 2
        assert server.stop() == 0
    finally:
        server.kill()
    assert not list(Path(variables["DATA_FOLDER"]).glob("*.lock"))
