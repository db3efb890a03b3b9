"""A port that workers share, and nobody else gets."""

import socket
from contextlib import closing

import pytest

from emo_grpc.hosting.reserved_port import reserved_port
from emo_grpc.settings import CannotStart


def listening(port: int, *, shares: bool) -> socket.socket:
    """As gRPC listens, with `grpc.so_reuseport` or without."""
    made = socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shares))
        made.bind(("127.0.0.1", port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::]"])
def test_any_port(host: str) -> None:
    """Port 0 becomes one free port, the same on each address of the host, on which workers can listen."""
    with reserved_port(f"{host}:0") as address:
        assert address.startswith(f"{host}:")
        first, second = (listening(port_of(address), shares=True) for _ in range(2))
        with first, second, socket.create_connection(("127.0.0.1", port_of(address)), timeout=5):
            pass


def test_nobody_else_gets_it() -> None:
    """Before a worker listens there, neither a server nor another supervisor may have it."""
    with reserved_port("127.0.0.1:0") as address:
        with pytest.raises(OSError, match="in use"):
            listening(port_of(address), shares=False)
        with pytest.raises(CannotStart, match=f"can't listen on {address}"), reserved_port(address):
            pass
    with reserved_port(address) as again:
        assert again == address


def test_nobody_is_put_aside() -> None:
    """A port on which somebody listens is refused, even if that one would share it."""
    for shares in (False, True):
        with (
            listening(0, shares=shares) as other,
            pytest.raises(CannotStart),
            reserved_port(f"127.0.0.1:{other.getsockname()[1]}"),
        ):
            pass


@pytest.mark.parametrize("address", ["192.0.2.1:50051", "no-such-host.invalid:50051"])
def test_not_our_address(address: str) -> None:
    """An address of no interface of ours, or of no machine at all, is a sentence."""
    with pytest.raises(CannotStart, match="is not this machine's"), reserved_port(address):
        pass


def test_after_an_earlier_server() -> None:
    """Connections of an earlier server that wait for their end don't keep the port from the next one."""
    with listening(0, shares=False) as server:
        port = server.getsockname()[1]
        with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as client:
            accepted, _ = server.accept()
            accepted.close()  # who closes first keeps the address for a minute
            client.recv(1)
    with reserved_port(f"127.0.0.1:{port}") as address, listening(port_of(address), shares=True) as server:
        assert server.getsockname()[1] == port
