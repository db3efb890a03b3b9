"""Stands between a client and a server of this machine, and breaks what a test asks it to break."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

BLOCK = 64 << 10
STALL = 30
"""Seconds, at the most: longer than any client under test waits."""

ANSWER_503 = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of each of the next `times` connections.

    After `after_sent` bytes of the client, or `after_received` of the server, it is cut, or with `stalls` silent.
    `answers_503`: the server is not asked at all.
    """

    times: int = 1
    after_sent: int | None = None
    after_received: int | None = None
    stalls: bool = False
    answers_503: bool = False


class FaultProxy:
    """TCP, a thread for each direction. `source`: the address it calls from. `is_down`: it refuses everybody.

    `sent` and `received`: the bytes that went on to the server, and to its clients.
    """

    def __init__(self, host: str, port: int, source: str = "") -> None:
        self._target = (host, port)
        self._source = (source, 0) if source else None
        self._server = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()
        self.is_down = False
        self.hits = 0
        self.sent = 0
        self.received = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def inject(self, fault: Fault) -> None:
        """Break the next connections; those that are open are closed, so that a new one comes."""
        with self._lock:
            self._faults = [fault] * fault.times
        self.drop_all()

    def drop_all(self) -> None:
        """Close all connections."""
        with self._lock:
            dropped, self._open = self._open, set()
        for side in dropped:
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Take connections until closed."""
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def close(self) -> None:
        """End all."""
        self._ended.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop_all()

    def _connect(self, client: socket.socket) -> None:
        with self._lock:
            fault = self._faults.pop() if self._faults else Fault(times=0)
            self.hits += fault.times > 0
        if self.is_down or fault.answers_503:
            with client, suppress(OSError):
                if not self.is_down:
                    client.recv(BLOCK)
                    client.sendall(ANSWER_503)
            return
        with suppress(OSError), client, socket.create_connection(self._target, source_address=self._source) as server:
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(
                target=self._pump,
                args=(server, client, fault.after_received, fault.stalls, self._count_received),
                daemon=True,
            )
            back.start()
            self._pump(client, server, fault.after_sent, fault.stalls, self._count_sent)
            back.join()
            with self._lock:
                self._open -= {client, server}

    def _count_sent(self, size: int) -> None:
        with self._lock:
            self.sent += size

    def _count_received(self, size: int) -> None:
        with self._lock:
            self.received += size

    def _pump(
        self,
        source: socket.socket,
        target: socket.socket,
        limit: int | None,
        stalls: bool,
        count: Callable[[int], None],
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(BLOCK):
                if limit is not None and passed + len(data) > limit:
                    if stalls:
                        self._ended.wait(STALL)
                    break
                target.sendall(data)
                passed += len(data)
                count(len(data))
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


@contextmanager
def fault_proxy(url: str, source: str = "") -> Iterator[FaultProxy]:
    """One in front of an http server, which calls it from that address of this machine."""
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    proxy = FaultProxy(host, int(port), source)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
