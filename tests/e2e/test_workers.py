"""Several servers on one port, and the processes that they are."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from certificates import Authority
from e2e.server_process import COMMAND, ServerProcess
from e2e.workers_client import DATA, MIB, PART, WorkersClient, log_lines, wait_for_line
from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.client import EmoClient
from waiting import PATIENCE_SECONDS, until, wait_until

WORKERS = {1, 2}
SETTINGS = {"EMO_WORKERS": "2", "LOG_LEVEL": "info", "LOG_FORMAT": "json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers that no test harms."""
    yield from _running(tmp_path_factory.mktemp("server"))


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[ServerProcess]:
    """Two workers of one test."""
    yield from _running(tmp_path / "server")


def _running(folder: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(folder, SETTINGS)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def test_both_workers_answer_on_one_port(server: ServerProcess) -> None:
    """Connections are shared out between two processes, and whoever comes sees what the other one has stored."""
    client = WorkersClient(server)
    for worker in WORKERS:
        client.connect_to(worker)
    assert {line["worker"] for line in log_lines(server) if line["event"] == "a worker answers"} == WORKERS
    assert len(children(server)) == 2
    assert server.log.read_text().count('"listening"') == 1
    client.close()


async def test_a_client_with_several_connections_is_answered_by_both(server: ServerProcess) -> None:
    """What one process calls at the same time goes over connections that the system shares out among workers."""
    known = WorkersClient(server)
    token = known.metadata[0][1].removeprefix("Bearer ")
    before = len(log_lines(server))
    async with EmoClient.connect(server.address, access_token=token, connections=32) as client:
        await asyncio.gather(*(client.users.get_me() for _ in range(64)))

    def answering() -> set[int]:
        return {line["worker"] for line in log_lines(server)[before:] if line.get("method", "").endswith("/GetMe")}

    await until(lambda: answering() == WORKERS, shown=server.log.read_text)
    known.close()


def test_nobody_else_may_read_what_they_write(server: ServerProcess) -> None:
    """Neither what the workers have made, nor what their supervisor has."""
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (server.folder / "data").rglob("*")}
    assert {"server.lock", "emo.sqlite3"} <= made.keys()
    assert [name for name, mode in made.items() if mode & 0o077] == []


def test_an_upload_goes_on_at_the_other_worker(server: ServerProcess) -> None:
    """What one worker has stored of a file, another one completes and gives back."""
    client = WorkersClient(server)
    client.connect_to(1)
    assert client.upload(0, PART + MIB).persisted_size == PART
    client.connect_to(2)
    assert client.upload(PART, len(DATA)).complete
    assert client.download() == DATA
    client.connect_to(1)
    assert client.download() == DATA
    client.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_port_is_for_one_server(server: ServerProcess, tmp_path: Path, workers: str) -> None:
    """Workers share their port with each other, and with no other server: that is one sentence and exit code 69."""
    refused = serve(tmp_path, EMO_LISTEN=server.address, EMO_WORKERS=workers)
    assert refused.returncode == 69
    assert refused.stderr.startswith(f"emo: can't listen on {server.address}: the port is in use")
    assert len(refused.stderr.splitlines()) == 1


def test_the_folder_is_for_one_server(server: ServerProcess, tmp_path: Path) -> None:
    """Nor do they share their folder."""
    refused = serve(tmp_path, EMO_WORKERS="2", DATA_FOLDER=str(server.folder / "data"))
    assert (refused.returncode, refused.stderr.count("another server runs on")) == (69, 1)


def test_workers_that_can_not_start(tmp_path: Path) -> None:
    """What no worker can start with is told once, and ends the server with the code that one process ends with."""
    authority = Authority(tmp_path)
    authority.openssl("genpkey", "-algorithm", "ed448", "-out", "rare.key")  # which only gRPC finds out about
    authority.openssl("req", "-x509", "-key", "rare.key", "-out", "rare.crt", "-subj", "/CN=x", "-days", "2")
    files = {"TLS_CERT_FILE": "rare.crt", "TLS_KEY_FILE": "rare.key"}
    refused, alone = serve(tmp_path, EMO_WORKERS="2", **files), serve(tmp_path, **files)
    assert (refused.returncode, alone.returncode) == (78, 78)
    assert "whose kind of key gRPC can't use" in refused.stderr
    assert len([line for line in refused.stderr.splitlines() if line.startswith("emo: ")]) == 1


def test_a_dead_worker_is_replaced(mortal: ServerProcess) -> None:
    """Calls go on at the other worker, and soon there are two again, with the settings that the server began with."""
    client = WorkersClient(mortal)
    worker = client.worker()
    (mortal.folder / ".env").write_text("USER_STORAGE_MB=much\n")
    dead = wait_for_line(mortal, lambda line: line["event"] == "a worker answers" and line["worker"] == worker)["pid"]
    psutil.Process(dead).kill()
    replaced = {"event": "a worker ended, and is replaced", "worker": worker, "pid": dead, "exit_code": -9}
    wait_for_line(mortal, lambda line: line.items() >= replaced.items())
    client.connect()
    assert client.get_me()
    wait_for_line(
        mortal, lambda line: line["event"] == "a worker answers" and line["worker"] == worker and line["pid"] != dead
    )
    client.connect_to(worker)
    client.close()


def test_a_signal_drains_all(mortal: ServerProcess) -> None:
    """SIGTERM ends the server with 0, and no process of it is left."""
    left = children(mortal)
    assert mortal.stop() == 0
    assert len(left) == 2
    assert not any(process.is_running() for process in left)


def test_a_second_signal_ends_all_at_once(mortal: ServerProcess) -> None:
    """Though a call still runs, which the first signal waits for."""
    client, left, over = WorkersClient(mortal), children(mortal), threading.Event()
    assert mortal.process is not None

    def requests() -> Iterator[pb.UploadAssetRequest]:
        over.wait(PATIENCE_SECONDS)
        yield pb.UploadAssetRequest()

    running = client.begin_upload(requests())
    client.get_me()  # over the same connection, so that one has begun
    mortal.process.terminate()
    wait_until_closed(mortal)
    assert mortal.process.poll() is None
    assert mortal.stop() == 128 + signal.SIGTERM
    psutil.wait_procs(left, timeout=PATIENCE_SECONDS)
    assert not any(process.is_running() for process in left)
    over.set()
    running.cancel()
    client.close()


def test_workers_end_with_their_supervisor(mortal: ServerProcess) -> None:
    """A supervisor that was killed leaves no process behind, and its folder and port free for the next one."""
    left = children(mortal)
    mortal.kill()
    psutil.wait_procs(left, timeout=PATIENCE_SECONDS)
    assert not any(process.is_running() for process in left)
    mortal.start()
    assert len(children(mortal)) == 2


def test_no_worker_beside_engines_of_its_own(tmp_path: Path) -> None:
    """`emo worker` is for shared engines; elsewhere it says who does its work, and ends with 78."""
    refused = serve(tmp_path, "worker")
    assert refused.returncode == 78
    assert "the server itself" in refused.stderr


def serve(folder: Path, command: str = "serve", **variables: str) -> "subprocess.CompletedProcess[str]":
    """A server that does not start."""
    settings = {"EMO_LISTEN": "127.0.0.1:0", "DATA_FOLDER": str(folder / "data")} | variables
    return subprocess.run(
        [COMMAND, command],
        env=os.environ | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def children(server: ServerProcess) -> list[psutil.Process]:
    assert server.process is not None
    return psutil.Process(server.process.pid).children(recursive=True)


def wait_until_closed(server: ServerProcess) -> None:
    """Until no worker takes connections any more."""

    def is_closed() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", server.port)) != 0

    wait_until(is_closed)
