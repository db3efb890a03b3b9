"""What operators see over HTTP, whatever becomes of the processes and engines that it is about."""

import json
import os
import signal
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from certificates import Authority
from e2e.ops_client import OpsClient
from e2e.server_process import COMMAND, ServerProcess, running_server
from e2e.workers_client import DATA, WorkersClient, log_lines, wait_for_line
from mongod import running_mongod
from waiting import PATIENCE_SECONDS, wait_until

GET_ME = {"grpc_service": "emo.users.v1.UsersService", "grpc_method": "GetMe"}
SETTINGS = {"EMO_OPS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info", "LOG_FORMAT": "json"}
LEAST_OF_A_WORKER = 60 << 20
"""Bytes; whoever has hashed passwords has much more."""


def running(folder: Path, **settings: str) -> AbstractContextManager[ServerProcess]:
    return running_server(folder, SETTINGS | settings)


def children(server: ServerProcess) -> list[psutil.Process]:
    assert server.process is not None
    return psutil.Process(server.process.pid).children(recursive=True)


def test_a_worker_is_killed(tmp_path: Path) -> None:
    """There is one answer for all workers. What a dead one counted stays; what it was goes, until there is another."""
    with running(tmp_path / "server", EMO_WORKERS="2") as server:
        ops, client = OpsClient(server.log), WorkersClient(server)
        ops.wait_until_ready(wanted=2, answering=2)
        for worker in (1, 2):
            client.connect_to(worker)
        calls = sum(line.get("method", "").endswith("/GetMe") for line in log_lines(server))
        wait_until(lambda: ops.total("grpc_server_handled_total", **GET_ME) == calls)
        memory = ops.total("emo_resident_memory_bytes")
        worker = client.worker()
        pid = wait_for_line(server, lambda line: line["event"] == "a worker answers" and line["worker"] == worker)[
            "pid"
        ]
        wait_until(lambda: ops.total("grpc_server_handled_total", **GET_ME) == calls + 1)
        victim, other = psutil.Process(pid), next(child for child in children(server) if child.pid != pid)
        other.suspend()  # so that it can't be ready by itself, nor change its own figures
        victim.kill()
        wait_until(lambda: ops.total("emo_resident_memory_bytes") < memory - LEAST_OF_A_WORKER)
        left = ops.total("emo_resident_memory_bytes")
        assert ops.total("grpc_server_handled_total", **GET_ME) == calls + 1
        other.resume()
        ops.wait_until_ready(wanted=2, answering=2)
        wait_until(lambda: ops.total("emo_resident_memory_bytes") > left + LEAST_OF_A_WORKER)
        client.connect_to(worker)
        after = sum(line.get("method", "").endswith("/GetMe") for line in log_lines(server))
        wait_until(lambda: ops.total("grpc_server_handled_total", **GET_ME) == after)
        client.close()


def test_workers_that_hang(tmp_path: Path) -> None:
    """Who only watches them goes on answering, and so it does while they drain."""
    with running(tmp_path / "server", EMO_WORKERS="2") as server:
        ops = OpsClient(server.log)
        ops.wait_until_ready(wanted=2, answering=2)
        for child in children(server):
            child.suspend()
        assert ops.get("/livez")[0] == ops.get("/metrics")[0] == 200
        for child in children(server):
            child.resume()
        assert server.stop() == 0
    assert not [path for path in Path("/tmp").glob("emo-metrics-*") if _is_ours(path, server)]


def _is_ours(folder: Path, server: ServerProcess) -> bool:
    return folder.exists() and folder.stat().st_mtime > server.log.stat().st_ctime


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_drain(tmp_path: Path, workers: str) -> None:
    """While calls run to their end, it says that no new ones are to be sent here."""
    with running(tmp_path / "server", EMO_WORKERS=workers) as server:
        ops, client = OpsClient(server.log), WorkersClient(server)
        ops.wait_until_ready()
        client.upload(0, len(DATA))
        download = client.begin_download()
        next(download)
        assert server.process is not None
        server.process.terminate()
        wait_until(lambda: ops.facts("/readyz")[1]["draining"])
        status, facts = ops.facts("/readyz")
        assert (status, facts["ready"]) == (503, False)
        assert ops.facts("/livez") == (200, {"live": True})
        assert sum(len(message.chunk.data) for message in download) == len(DATA)
        assert server.process.wait(PATIENCE_SECONDS) == 0
        client.close()


def test_a_database_that_hangs(tmp_path: Path) -> None:
    """It is named, all else is answered at once, and it is told when it is back."""
    with (
        running_mongod(tmp_path / "mongod") as mongod,
        running(tmp_path / "server", MONGODB_URL=mongod.url, JWT_SECRET_KEY="5a" * 32) as server,
    ):
        ops = OpsClient(server.log)
        ops.wait_until_ready()
        os.kill(mongod.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: ops.get("/readyz")[0] == 503, shown=server.log.read_text)
            assert ops.facts("/readyz")[1]["engines"] == {"MongoDB": "away", "folder": "answers"}
            wait_until(lambda: ops.total("emo_engine_up", engine="MongoDB") == 0)
            assert ops.total("emo_engine_up", engine="folder") == 1
            assert ops.get("/livez")[0] == 200
        finally:
            os.kill(mongod.pid, signal.SIGCONT)
        ops.wait_until_ready()


def test_public_keys(tmp_path: Path) -> None:
    """They are those that `emo admin jwks` prints."""
    folder = tmp_path / "server"
    folder.mkdir()
    Authority(folder).openssl("genpkey", "-algorithm", "ed25519", "-out", "signing.key")
    keys = {"JWT_SIGNING_KEY_FILE": "signing.key"}
    with running(folder, **keys) as server:
        printed = subprocess.run(
            [COMMAND, "admin", "jwks"], cwd=folder, env=os.environ | keys, capture_output=True, check=True
        ).stdout
        status, body = OpsClient(server.log).get("/.well-known/jwks.json")
    assert (status, json.loads(body)) == (200, json.loads(printed))
    assert len(json.loads(body)["keys"]) == 1


def test_an_address_in_use(tmp_path: Path) -> None:
    """That stops the start, with the variable to change."""
    with running(tmp_path / "server") as server:
        taken = {"EMO_OPS_LISTEN": OpsClient(server.log).address, "EMO_LISTEN": "127.0.0.1:0", "DATA_FOLDER": "other"}
        for workers in ("1", "2"):
            refused = subprocess.run(
                [COMMAND, "serve"],
                cwd=tmp_path,
                env=os.environ | taken | {"EMO_WORKERS": workers},
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            assert refused.returncode == 69
            assert "Set EMO_OPS_LISTEN to another" in refused.stderr
