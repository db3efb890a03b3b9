"""Shuts down connections whose clients do not take their answers."""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from emo_grpc.shared.entrypoints.admission.peers import Address, Peer, plain_address

STUCK_CALLS: Final = 8
"""A balancer carries calls of many clients on one connection, of which a few may be stuck."""
REMEMBERED: Final = 4_096
GATHERED_FOR: Final = 0.5
"""Seconds."""
DESCRIPTORS: Final = (Path("/proc/self/fd"), Path("/dev/fd"))


class StuckCalls:
    """Counts the calls that were given up because their client did not take the answer.

    gRPC keeps what it has of such an answer until the connection ends, and offers no way to end either. So after
    `STUCK_CALLS` of them on a connection, or of a user on any connections, we hang up ourselves.
    """

    def __init__(self, hang_up: Callable[[Peer], None]) -> None:
        self._hang_up = hang_up
        self._counts: OrderedDict[str, int] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many connections and users have a count."""
        return len(self._counts)

    def add(self, peer: Peer, user_id: str = "") -> None:
        """Count one; its connection is shut down when that, or its user, has `STUCK_CALLS`."""
        if not peer.connection:
            return
        if max(self._count(key) for key in (peer.connection, user_id) if key) < STUCK_CALLS:
            return
        self._hang_up(peer)
        del self._counts[peer.connection]
        structlog.get_logger("emo").warning("hung up on a client that takes no answers", peer=peer.address)

    def _count(self, key: str) -> int:
        count = self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)
        return count


class ConnectionCloser:
    """Shuts down connections: gathers them for half a second, then does it on a thread.

    To find one, all descriptors of the process are looked at, which takes 0.1 s where there are 10,000.
    """

    def __init__(self) -> None:
        self._peers: set[Peer] = set()

    def __call__(self, peer: Peer) -> None:
        """Shut down the connection to that address and port soon."""
        if not self._peers:
            asyncio.get_running_loop().call_later(GATHERED_FOR, self._begin)
        self._peers.add(peer)

    def _begin(self) -> None:
        peers, self._peers = self._peers, set()
        asyncio.get_running_loop().run_in_executor(None, hang_up, peers)


def hang_up(peers: Iterable[Peer]) -> None:
    """Shut down the connections of this process to these, those that there are, if the system tells. Blocking."""
    ends = {peer.proxy or peer for peer in peers}
    wanted = {(plain_address(end.address), int(end.connection.rpartition(":")[2])) for end in ends}
    folder = next((folder for folder in DESCRIPTORS if folder.is_dir()), None)
    for descriptor in list(folder.iterdir()) if folder else ():
        with suppress(OSError):  # no socket, not connected, or closed meanwhile
            _shut_down_if(int(descriptor.name), wanted)


def _shut_down_if(descriptor: int, wanted: set[tuple[Address, int]]) -> None:
    # It stays gRPC's own: a closed duplicate would be enough to lose the locks of a file that has this number by now.
    found = socket.socket(fileno=descriptor)
    try:
        if found.family in {socket.AF_INET, socket.AF_INET6}:
            host, port = found.getpeername()[:2]
            if (plain_address(host), port) in wanted:
                found.shutdown(socket.SHUT_RDWR)
    finally:
        found.detach()
