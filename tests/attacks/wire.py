"""One HTTP/2 connection, written frame by frame: what no gRPC library would send."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from hpack import Decoder, Encoder
from hyperframe.frame import DataFrame, Frame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

Header = tuple[bytes, bytes]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""RFC 9113 §3.4."""
FRAME_HEADER = 9
PATIENCE_SECONDS = 10.0


def message(payload: bytes = b"") -> bytes:
    """A message as gRPC frames it: not compressed, its length, its bytes."""
    return b"\0" + len(payload).to_bytes(4, "big") + payload


def call_headers(path: bytes, *more: Header, authority: bytes = b"localhost") -> list[Header]:
    """What begins a gRPC call."""
    return [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", path),
        (b":authority", authority),
        (b"content-type", b"application/grpc"),
        (b"te", b"trailers"),
        *more,
    ]


@dataclass
class Answer:
    """What came on one stream. `is_over`: the server ended or reset it, or closed the connection."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    data: bytes = b""
    is_over: bool = False
    was_reset: bool = False

    @property
    def status(self) -> int | None:
        """The number of gRPC's status; None if there was none."""
        raw = self.headers.get(b"grpc-status")
        return None if raw is None else int(raw)


class Wire:
    """A connection to a server on loopback. Windows of the server are not minded: attackers don't."""

    def __init__(self, port: int, settings: dict[int, int] | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._encoder, self._decoder = Encoder(), Decoder()
        self._buffer = b""
        self._next_stream = 1
        self.answers: dict[int, Answer] = {}
        self.is_closed = False
        self.settings_received = False
        self.settings: dict[int, int] = {}
        self.send_bytes(PREFACE + SettingsFrame(0, settings=settings or {}).serialize())

    def send_bytes(self, raw: bytes) -> None:
        """Anything at all; a server that has hung up is no error."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(raw)

    def send(self, frame: Frame) -> None:
        self.send_bytes(frame.serialize())

    def begin(self, headers: Sequence[Header], *, ends: bool = False) -> int:
        """Send the headers of a new stream; gives its number."""
        stream = self._next_stream
        self._next_stream += 2
        self.answers[stream] = Answer()
        flags = ["END_HEADERS", *(["END_STREAM"] if ends else [])]
        self.send(HeadersFrame(stream, self._encoder.encode(headers), flags=flags))
        return stream

    def call(self, headers: Sequence[Header], payload: bytes = b"") -> int:
        """Send a whole unary call; gives the number of its stream."""
        stream = self.begin(headers)
        self.send_data(stream, message(payload), ends=True)
        return stream

    def send_data(self, stream: int, data: bytes, *, ends: bool = False) -> None:
        """Send bytes of a stream, which need not be a whole message."""
        self.send(DataFrame(stream, data, flags=["END_STREAM"] if ends else []))

    def reset(self, stream: int, code: int = 8) -> None:
        """Cancel a stream."""
        self.send(RstStreamFrame(stream, code))

    def answer(self, stream: int, seconds: float = PATIENCE_SECONDS) -> Answer:
        """Wait until the stream is over, or as long as that."""
        answer = self.answers[stream]
        self.read(seconds, until=lambda: answer.is_over)
        return answer

    def read(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Take in what comes, until a condition holds, the server hangs up or the time is over."""
        deadline = time.monotonic() + seconds
        while not until() and not self.is_closed:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._receive(left)

    def close(self) -> None:
        self._socket.close()

    def _receive(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        try:
            raw = self._socket.recv(1 << 16)
        except TimeoutError:
            return
        except ConnectionResetError:
            raw = b""
        if not raw:
            self._end()
            return
        self._buffer += raw
        for frame in self._frames():
            self._take(frame)

    def _frames(self) -> Iterator[Frame]:
        while len(self._buffer) >= FRAME_HEADER:
            frame, length = Frame.parse_frame_header(memoryview(self._buffer[:FRAME_HEADER]))
            if len(self._buffer) < FRAME_HEADER + length:
                return
            frame.parse_body(memoryview(self._buffer[FRAME_HEADER : FRAME_HEADER + length]))
            self._buffer = self._buffer[FRAME_HEADER + length :]
            yield frame

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.settings_received = True
            self.settings |= frame.settings
            self.send(SettingsFrame(0, flags=["ACK"]))
        elif isinstance(frame, PingFrame) and "ACK" not in frame.flags:
            self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
        answer = self.answers.get(frame.stream_id)
        if answer is None:
            return
        if isinstance(frame, HeadersFrame):
            answer.headers |= dict(self._headers(frame.data))
        elif isinstance(frame, DataFrame):
            answer.data += frame.data
        answer.was_reset |= isinstance(frame, RstStreamFrame)
        answer.is_over |= answer.was_reset or "END_STREAM" in frame.flags

    def _headers(self, block: bytes) -> Iterable[Header]:
        return ((bytes(name), bytes(value)) for name, value, *_ in self._decoder.decode(block, raw=True))

    def _end(self) -> None:
        self.is_closed = True
        for answer in self.answers.values():
            answer.is_over = True


@contextmanager
def wire(port: int, settings: dict[int, int] | None = None) -> Iterator[Wire]:
    """A connection for the block."""
    opened = Wire(port, settings)
    try:
        yield opened
    finally:
        opened.close()


def widen(connection: Wire, stream: int, octets: int) -> None:
    """Let the server send that much more on a stream (0: on the connection)."""
    connection.send(WindowUpdateFrame(stream, octets))
