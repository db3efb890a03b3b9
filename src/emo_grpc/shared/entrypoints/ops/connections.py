"""The HTTP connections that are open."""

import socket
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from datetime import timedelta
from typing import Final

MOST: Final = 64
LONGEST: Final = timedelta(seconds=10)


class Connections:
    """At most 64, each for ten seconds at most. Over that goes who has been waited for longest: see docs/adr/0024.

    Whoever has sent a whole request is not waited for any more, so the many who send none do not push it out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: OrderedDict[socket.socket, float] = OrderedDict()

    def add(self, connection: socket.socket) -> None:
        """Count one more; cut another one if there are too many."""
        with self._lock:
            while len(self._ends) >= MOST:
                _cut(self._ends.popitem(last=False)[0])
            self._ends[connection] = time.monotonic() + LONGEST.total_seconds()

    def asked(self, connection: socket.socket) -> None:
        """Its request has come."""
        with self._lock:
            if connection in self._ends:
                self._ends.move_to_end(connection)

    def remove(self, connection: socket.socket) -> None:
        """Count it no more."""
        with self._lock:
            self._ends.pop(connection, None)

    def cut_late(self) -> None:
        """Cut those whose time is over."""
        with self._lock:
            now = time.monotonic()
            for connection in [each for each, end in self._ends.items() if end <= now]:
                del self._ends[connection]
                _cut(connection)

    def cut_all(self) -> None:
        """Cut what is left."""
        with self._lock:
            for connection in self._ends:
                _cut(connection)
            self._ends.clear()


def _cut(connection: socket.socket) -> None:
    """Its thread finds it at its end, and closes it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
