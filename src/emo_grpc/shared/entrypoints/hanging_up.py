"""Connections whose clients take nothing."""

import socket
from collections import OrderedDict
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

import structlog

from emo_grpc.shared.entrypoints.peers import Peer

STUCK_CALLS: Final = 8
"""A balancer carries calls of many clients on one connection, of which a few may be stuck."""
REMEMBERED: Final = 4_096
DESCRIPTORS: Final = (Path("/proc/self/fd"), Path("/dev/fd"))


class StuckCalls:
    """Counts the calls that were given up because their client did not take the answer.

    gRPC keeps what it has of such an answer until the connection ends, and offers no way to end either. So after
    `STUCK_CALLS` of them on a connection, or of a user on any connections, we hang up ourselves.
    """

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many connections and users it has in mind."""
        return len(self._counts)

    def one_more(self, peer: Peer, user_id: str = "") -> None:
        """Count one; its connection is shut down if that has, or its user, as many as that."""
        if not peer.connection:
            return
        if max(self._count(key) for key in (peer.connection, user_id) if key) < STUCK_CALLS:
            return
        hang_up(peer)
        del self._counts[peer.connection]
        structlog.get_logger("emo").warning("hung up on a client that takes no answers", peer=peer.address)

    def _count(self, key: str) -> int:
        count = self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)
        return count


def hang_up(peer: Peer) -> None:
    """Shut down the connection of this process to that address and port, if there is one and the system tells."""
    wanted = (_plain(peer.address), int(peer.connection.rpartition(":")[2]))
    folder = next((folder for folder in DESCRIPTORS if folder.is_dir()), None)
    for descriptor in list(folder.iterdir()) if folder else ():
        with suppress(OSError):  # no socket, not connected, or closed meanwhile
            _shut_down_if(int(descriptor.name), wanted)


def _shut_down_if(descriptor: int, wanted: tuple[object, int]) -> None:
    # It stays gRPC's own: a closed duplicate would be enough to lose the locks of a file that has this number by now.
    found = socket.socket(fileno=descriptor)
    try:
        if found.family in {socket.AF_INET, socket.AF_INET6}:
            host, port = found.getpeername()[:2]
            if (_plain(host), port) == wanted:
                found.shutdown(socket.SHUT_RDWR)
    finally:
        found.detach()


def _plain(host: str) -> IPv4Address | IPv6Address:
    address = ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
