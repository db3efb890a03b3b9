"""A server in which gRPC takes no more calls, whatever the reason."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from e2e.server_process import ServerProcess, running_server
from e2e.workers_client import DATA, MIB, PART, WorkersClient, log_lines, wait_for_line
from emo.assets.v1 import assets_pb2 as pb
from waiting import PATIENCE_SECONDS

CRASH_FOLDER = str(Path(__file__).with_name("accept_loop_crash"))
SETTINGS = {"PYTHONPATH": CRASH_FOLDER, "LOG_LEVEL": "info", "LOG_FORMAT": "json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """One process."""
    with running_server(tmp_path / "server", SETTINGS) as made:
        yield made


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[ServerProcess]:
    """Two workers with their supervisor."""
    with running_server(tmp_path / "server", SETTINGS | {"EMO_WORKERS": "2"}) as made:
        yield made


def crash(server: ServerProcess, client: WorkersClient) -> None:
    """Break the loop by the next call, which gets no answer."""
    (server.folder / "crash").touch()
    with pytest.raises(grpc.RpcError):
        client.get_me()


def test_the_process_ends_with_a_failure(server: ServerProcess) -> None:
    """At once, with one line of its log that has the cause; what an upload had stored is there after a restart."""
    client, over = WorkersClient(server), threading.Event()
    client.upload(0, PART + MIB)

    def requests() -> Iterator[pb.UploadAssetRequest]:
        yield pb.UploadAssetRequest(start=pb.UploadStart(asset_id=client.asset_id, offset=PART))
        over.wait(PATIENCE_SECONDS)

    uploading = client.begin_upload(requests())
    crash(server, client)
    assert server.process is not None
    assert server.process.wait(PATIENCE_SECONDS) == 70
    (line,) = [line for line in log_lines(server) if line["event"] == "the server takes no more calls, and ends"]
    assert (line["level"], "the accept loop is broken" in line["exception"]) == ("error", True)
    with pytest.raises(grpc.RpcError):
        uploading.result(PATIENCE_SECONDS)
    over.set()
    server.start()
    client.connect()
    assert client.upload(PART, len(DATA)).complete
    assert client.download() == DATA
    client.close()


def test_the_supervisor_replaces_it(workers: ServerProcess) -> None:
    """A worker that takes no more calls is one that has ended: another one answers in its place."""
    client = WorkersClient(workers)
    worker = client.worker()
    crash(workers, client)
    ended = {"event": "a worker ended, and is replaced", "worker": worker, "exit_code": 70}
    dead = wait_for_line(workers, lambda line: line.items() >= ended.items())["pid"]
    wait_for_line(
        workers, lambda line: line["event"] == "a worker answers" and line["worker"] == worker and line["pid"] != dead
    )
    client.connect_to(worker)
    client.close()
    assert json.dumps(log_lines(workers)).count("the server takes no more calls, and ends") == 1
