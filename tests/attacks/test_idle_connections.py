"""Connections on which nothing happens."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from attacks.bystander import bystander
from attacks.wire import Wire, wire
from e2e.server_process import COMMAND, ServerProcess
from emo_grpc.shared.entrypoints.limits import Limits
from rpc.shared.conftest import serving_trial

OPEN_FILES = 300
CONNECTIONS = OPEN_FILES // 2
PATIENCE_SECONDS = 10


@pytest.fixture
def small_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that may hold few files open."""
    shell = ("sh", "-c", f'ulimit -n {OPEN_FILES}; exec "$0" "$@"', COMMAND)
    made = ServerProcess(tmp_path / "server", command=shell)
    made.start()
    yield made
    made.kill()


def is_refused(connection: Wire) -> bool:
    connection.read(PATIENCE_SECONDS, until=lambda: connection.settings_received)
    assert connection.settings_received or connection.is_closed
    return connection.is_closed


def test_more_connections_than_files(small_server: ServerProcess) -> None:
    """However many connections there are, those who are connected are answered and the engines keep their files."""
    with bystander(small_server.port) as user:
        with ExitStack() as block:
            opened = [block.enter_context(wire(small_server.port)) for _ in range(2 * OPEN_FILES)]
            refused = sum(is_refused(connection) for connection in opened)
            assert refused == 2 * OPEN_FILES - (CONNECTIONS - 1)
            for _ in range(10):
                user.look()
            user.log_in()
        for _ in range(100):  # gRPC takes a moment to see that they are gone
            with wire(small_server.port) as later:
                if not is_refused(later):
                    break
        with bystander(small_server.port, "bob") as newcomer:
            newcomer.look()
    assert "error" not in small_server.log.read_text()


async def test_connections_that_say_nothing() -> None:
    """Who connects and does not say that it speaks HTTP/2 is hung up on."""
    async with serving_trial(Limits(handshake=0.2)) as trial:
        host, port = trial.address.split(":")
        for said in (b"", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\n"):
            with socket.create_connection((host, int(port)), PATIENCE_SECONDS) as silent:
                silent.sendall(said)
                while await asyncio.to_thread(silent.recv, 1 << 16):  # gRPC may greet, or say what it dislikes
                    pass
        assert await trial.answers("Public", b"x") == [b"x"]
