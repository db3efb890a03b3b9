"""What stands between people and a server, and answers in its place."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hpack import Encoder
from hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame

PREFACE_BYTES = 24
FRAME_HEADER = 9


def http1(status: str) -> bytes:
    """The answer of a server that knows nothing of HTTP/2."""
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


class _Connection:
    """Answers every call of one connection with one status and a page."""

    def __init__(self, opened: socket.socket, answer: "int | bytes") -> None:
        self._opened = opened
        self._answer = answer

    def serve(self) -> None:
        with suppress(OSError), self._opened:
            if isinstance(self._answer, bytes):
                self._opened.recv(1 << 16)
                self._opened.sendall(self._answer)
                return
            self._read(PREFACE_BYTES)
            self._opened.sendall(SettingsFrame(0).serialize())
            while True:
                self._take(self._frame(), self._answer)

    def _take(self, frame: Frame, status: int) -> None:
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self._opened.sendall(SettingsFrame(0, flags=["ACK"]).serialize())
        elif isinstance(frame, HeadersFrame):
            # Nothing is kept in the table, so an encoder for each.
            block = Encoder().encode([(":status", str(status)), ("content-type", "text/html")])
            page = DataFrame(frame.stream_id, b"<html>no</html>", flags=["END_STREAM"])
            self._opened.sendall(HeadersFrame(frame.stream_id, block, flags=["END_HEADERS"]).serialize())
            self._opened.sendall(page.serialize())

    def _frame(self) -> Frame:
        frame, length = Frame.parse_frame_header(memoryview(self._read(FRAME_HEADER)))
        frame.parse_body(memoryview(self._read(length)))
        return frame

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._opened.recv(size - len(data))
            if not more:
                raise ConnectionResetError
            data += more
        return data


@contextmanager
def answering(answer: "int | bytes") -> Iterator[str]:
    """Answer every call with an HTTP status, or every connection with these bytes; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=_accept, args=(listening, answer))
        serving.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()


def _accept(listening: socket.socket, answer: "int | bytes") -> None:
    with suppress(OSError):
        while True:
            opened, _ = listening.accept()
            threading.Thread(target=_Connection(opened, answer).serve, daemon=True).start()
