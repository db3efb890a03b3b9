"""A port that several processes are to listen on."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from emo_grpc.shared.entrypoints.listening import cannot_listen

NOT_OURS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@contextmanager
def reserved_port(address: str) -> Iterator[str]:
    """Keep host:port for processes of this user; gives it with the port that was really taken. Raises CannotStart.

    Its sockets are bound with SO_REUSEPORT and never listen. Workers that listen on the port with SO_REUSEPORT get the
    connections; binding without it, or reserving the port a second time, fails: the address is in use.
    """
    with ExitStack() as kept:
        try:
            reserved = _reserve(address, kept)
        except OSError as error:
            raise cannot_listen(address) from error
        yield reserved


def _reserve(address: str, kept: ExitStack) -> str:
    """On every address of the host that this machine has; raises OSError if it has none."""
    host, _, port = address.rpartition(":")
    taken, found = int(port), []
    for family, kind, _, _, where in socket.getaddrinfo(host.strip("[]"), taken, type=socket.SOCK_STREAM):
        try:
            found.append(kept.enter_context(_bound(family, kind, (where[0], taken, *where[2:]))))
        except OSError as error:
            if error.errno not in NOT_OURS:
                raise
        else:
            taken = int(found[0].getsockname()[1])
    if not found:
        raise OSError(errno.EADDRNOTAVAIL, "this machine has no such address")
    return f"{host}:{taken}"


def _bound(family: int, kind: int, where: tuple[object, ...]) -> socket.socket:
    with _socket(family, kind) as alone:
        alone.bind(where)  # fails if the port is in use, which it would not with SO_REUSEPORT
        where = (where[0], alone.getsockname()[1], *where[2:])
    shared = _socket(family, kind)
    try:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(where)
        # SO_REUSEADDR is needed while binding, for connections of an earlier server in TIME_WAIT. After that it
        # would let other programs bind the port.
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError:
        shared.close()
        raise
    return shared


def _socket(family: int, kind: int) -> socket.socket:
    made = socket.socket(family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # as gRPC does
    return made
