"""Connections to a TLS port that never become one."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from random import Random
from socket import create_connection, socket

import grpc
import pytest

from attacks.keeper import OPTIONS, Keeper, unmoved
from attacks.memory import MIB, bounded_growth
from attacks.scale import SCALE
from attacks.test_floods import Frames, flood, pings, rapid_resets, settings
from attacks.wire import PREFACE
from certificates import Authority
from e2e.server_process import ServerProcess

MOST_MEMORY = 128 * MIB
PATIENCE_SECONDS = 10.0
CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303")
"""The beginning of one (RFC 8446 §4.1.2), which says that more will come."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "server")


@pytest.fixture(scope="module")
def tls_server(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One that speaks nothing but TLS."""
    certificate, key = (str(authority.folder / f"server.{kind}") for kind in ("crt", "key"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        made = ServerProcess(tmp_path_factory.mktemp("tls"), {"TLS_CERT_FILE": certificate, "TLS_KEY_FILE": key})
        made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def tls_ann(tls_server: ServerProcess, authority: Authority) -> Iterator[Keeper]:
    credentials = grpc.ssl_channel_credentials(authority.read("ca.crt"))
    with grpc.secure_channel(tls_server.address, credentials, OPTIONS) as channel:
        yield Keeper(channel)


def greetings() -> list[bytes]:
    """What is sent instead of a handshake."""
    random = Random(SCALE.seed)
    noise = [random.randbytes(size) for size in (1, 5, 100, 20_000)]
    hellos = [CLIENT_HELLO + random.randbytes(size) for size in (0, 10, 200, 20_000)]
    return [
        b"",
        PREFACE,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\xff\xff",
        b"\x15\x03\x01\0\x02\x02\x28",
        *noise,
        *hellos,
    ]


def test_no_handshake(tls_server: ServerProcess, tls_ann: Keeper) -> None:
    """Whatever is sent instead of one, by many, is hung up on or left waiting, and nobody else notices."""
    with bounded_growth(tls_server, MOST_MEMORY), unmoved(tls_ann), ExitStack() as opened:
        for number in range(SCALE.attackers):
            for greeting in greetings():
                connection = opened.enter_context(_connection(tls_server))
                with suppress(OSError):
                    connection.sendall(greeting)
                if number % 2:
                    connection.close()


def test_plaintext_gets_no_answer(tls_server: ServerProcess, tls_ann: Keeper) -> None:
    """A client that speaks HTTP/2 without TLS learns nothing but that."""
    with _connection(tls_server) as connection:
        connection.sendall(PREFACE)
        answer = b""
        with suppress(ConnectionResetError):
            while more := connection.recv(1 << 16):
                answer += more
    assert len(answer) <= 7  # nothing, or an alert (RFC 8446 §6)
    tls_ann.use()


@pytest.mark.parametrize("frames", [rapid_resets, settings, pings], ids=lambda frames: frames.__name__)
def test_floods(tls_server: ServerProcess, tls_ann: Keeper, authority: Authority, frames: Frames) -> None:
    """What a flood cannot do in plaintext, it cannot do over TLS."""
    context = ssl.create_default_context(cafile=str(authority.folder / "ca.crt"))
    context.set_alpn_protocols(["h2"])

    def connect() -> ssl.SSLSocket:
        return context.wrap_socket(_connection(tls_server), server_hostname="localhost")

    connect().close()  # is where a handshake would fail that the flood below has to survive
    with bounded_growth(tls_server, MOST_MEMORY), unmoved(tls_ann):
        flood(connect, frames, reads=False)


def _connection(server: ServerProcess) -> socket:
    return create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS)
