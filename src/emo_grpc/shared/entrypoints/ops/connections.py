"""The HTTP connections that are open."""

import socket
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from datetime import timedelta
from typing import Final

MOST: Final = 64
SHARE: Final = MOST // 2
"""Of those that are waited for, and of those that are answered."""
LONGEST: Final = timedelta(seconds=10)


class Connections:
    """At most 64, each for ten seconds at most. Over that goes who has been waited for longest: see docs/adr/0024.

    Whoever has sent a whole request is not waited for any more, so the many who send none do not push it out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waited_for: OrderedDict[socket.socket, float] = OrderedDict()
        self._answered: OrderedDict[socket.socket, float] = OrderedDict()

    def add(self, connection: socket.socket) -> None:
        """Count one more; cut another one if there are too many."""
        with self._lock:
            _make_room(self._waited_for)
            self._waited_for[connection] = time.monotonic() + LONGEST.total_seconds()

    def asked(self, connection: socket.socket) -> None:
        """Its request has come."""
        with self._lock:
            end = self._waited_for.pop(connection, None)
            if end is not None:
                _make_room(self._answered)
                self._answered[connection] = end

    def remove(self, connection: socket.socket) -> None:
        """Count it no more."""
        with self._lock:
            self._waited_for.pop(connection, None)
            self._answered.pop(connection, None)

    def cut_late(self) -> None:
        """Cut those whose time is over."""
        with self._lock:
            now = time.monotonic()
            for ends in (self._waited_for, self._answered):
                for connection in [each for each, end in ends.items() if end <= now]:
                    del ends[connection]
                    _cut(connection)

    def cut_all(self) -> None:
        """Cut what is left."""
        with self._lock:
            for ends in (self._waited_for, self._answered):
                for connection in ends:
                    _cut(connection)
                ends.clear()


def _make_room(ends: OrderedDict[socket.socket, float]) -> None:
    while len(ends) >= SHARE:
        _cut(ends.popitem(last=False)[0])


def _cut(connection: socket.socket) -> None:
    """Its thread finds it at its end, and closes it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
