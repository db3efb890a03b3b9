"""Strangers who reach the port that operators ask on."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from attacks.bystander import bystander
from e2e.ops_client import OpsClient
from e2e.server_process import ServerProcess

MANY = 1_000
PATIENCE_SECONDS = 10
ROUNDS = 5


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that operators can ask."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        made = ServerProcess(tmp_path_factory.mktemp("watched"), {"EMO_OPS_LISTEN": "127.0.0.1:0"})
        made.start()
    yield made
    made.kill()


def connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)


def say_nothing(address: str, opened: ExitStack) -> None:
    for _ in range(MANY):
        opened.enter_context(connect(address))


def say_little(address: str, opened: ExitStack) -> None:
    """A byte of a header at a time, on many connections."""
    clients = [opened.enter_context(connect(address)) for _ in range(100)]
    for byte in b"GET /metrics HTTP/1.1\r\nx":
        for client in clients:
            with suppress(OSError):
                client.sendall(bytes([byte]))


def say_much(address: str, opened: ExitStack) -> None:
    """Megabytes of header fields."""
    for _ in range(20):
        client = opened.enter_context(connect(address))
        with suppress(OSError):
            client.sendall(b"GET /metrics HTTP/1.1\r\n" + b"x: y\r\n" * 200_000)


def say_odd_things(address: str, opened: ExitStack) -> None:
    for text in (b"PRI * HTTP/2.0", b"\x16\x03\x01", b"BREW /metrics HTTP/1.1", b"GET \xff\x00 HTTP/1.1", b"\r\n" * 99):
        for _ in range(20):
            client = opened.enter_context(connect(address))
            with suppress(OSError):
                client.sendall(text + b"\r\n\r\n")


def ask_all_the_time(address: str, opened: ExitStack) -> None:
    """As fast as it goes, and take no answer."""
    for _ in range(MANY):
        client = opened.enter_context(connect(address))
        with suppress(OSError):
            client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize("attack", [say_nothing, say_little, say_much, say_odd_things, ask_all_the_time])
def test_nobody_notices(watched: ServerProcess, attack: Callable[[str, ExitStack], None]) -> None:
    """Operators are answered meanwhile and afterwards, each time at once, and so is a user of the service."""
    ops = OpsClient(watched.log)
    with bystander(watched.port, f"ann{attack.__name__.replace('_', '')}") as user, ExitStack() as opened:
        attacking = threading.Thread(target=attack, args=(ops.address, opened))
        attacking.start()
        for _ in range(ROUNDS):
            assert ops.get("/metrics")[0] == ops.get("/livez")[0] == 200
            user.look()
        attacking.join()
        assert ops.get("/readyz")[0] == 200
        user.look()
    assert "error" not in watched.log.read_text()
    assert not list(Path(watched.folder).glob("core*"))
