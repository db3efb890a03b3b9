"""Messages whose five bytes of gRPC framing lie, and messages that are far larger than they are on the wire."""

import gzip
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.protobuf.descriptor import MethodDescriptor
from hyperframe.frame import DataFrame

from attacks.keeper import Keeper, unmoved
from attacks.memory import MIB, bounded_growth
from attacks.methods import METHODS, path_of
from attacks.scale import SCALE
from attacks.wire import Answer, Header, call_headers, message, wire
from e2e.server_process import ServerProcess

INTERNAL, UNKNOWN = 13, 2
OF_GRPC = (b"Decompression failed", b"Error parsing 'grpc-encoding'")
"""What grpc's own code calls INTERNAL before ours sees the call, as its specification of compression wants:
https://github.com/grpc/grpc/blob/master/doc/compression.md."""
MOST_MEMORY = 128 * MIB
FRAME = 16_384
BOMB_MIB = 50
"""So much that it is far over the limit of a message, and packed still within the window of a new connection."""
GZIP: Header = (b"grpc-encoding", b"gzip")
PACKED = gzip.compress(b"")

Lie = tuple[bytes, tuple[Header, ...]]


def _flagged(payload: bytes, flag: int = 1) -> bytes:
    """A message that says of itself that it is compressed."""
    return bytes([flag]) + message(payload)[1:]


LIES: dict[str, Lie] = {
    "longer than it is": (b"\0\0\0\0\x64abc", ()),
    "4 GiB": (b"\0\xff\xff\xff\xffabc", ()),
    "shorter than it is": (b"\0\0\0\0\x01abcdef", ()),
    "two": (message() * 2, ()),
    "none": (b"", ()),
    "less than a frame": (b"\0\0", ()),
    "compressed, not saying how": (_flagged(b"abc"), ()),
    "an unknown flag": (_flagged(b"", 0x7F), ()),
    "compressed as itself": (_flagged(b"abc"), ((b"grpc-encoding", b"identity"),)),
    "an unknown encoding": (_flagged(b"abc"), ((b"grpc-encoding", b"zstd9"),)),
    "no gzip at all": (_flagged(b"abc"), (GZIP,)),
    "half of a gzip": (_flagged(PACKED[:-5]), (GZIP,)),
    "a good gzip": (_flagged(PACKED), (GZIP,)),
    "a gzip and more": (_flagged(PACKED + b"abc"), (GZIP,)),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies(server: ServerProcess, ann: Keeper, lie: str) -> None:
    """On every RPC, with a token and without, a frame that lies gets an answer that is no mistake of the server."""
    raw, more = LIES[lie]

    def mistakes(method: MethodDescriptor) -> list[str]:
        answers = [_answer(server.port, path_of(method), headers, raw) for headers in (more, (*more, ann.bearer))]
        return [f"{method.name}: {answer}" for answer in answers if _is_mistake(answer)]

    with ThreadPoolExecutor(len(METHODS)) as attackers:  # for grpc lets those wait whom it likes least
        assert [found for each in attackers.map(mistakes, METHODS) for found in each] == []
    ann.use()


def test_gzip_bombs(server: ServerProcess, ann: Keeper) -> None:
    """Many at once, each a thousand times its size, take the memory of none, and nobody else notices."""
    raw = _flagged(_bomb())

    def explode(method: MethodDescriptor) -> None:
        for headers in ((GZIP,), (GZIP, ann.bearer)):
            assert not _is_mistake(_answer(server.port, path_of(method), headers, raw))

    with bounded_growth(server, MOST_MEMORY), unmoved(ann), ThreadPoolExecutor(SCALE.attackers) as attackers:
        list(attackers.map(explode, METHODS * SCALE.bombs))


def _answer(port: int, path: str, headers: tuple[Header, ...], raw: bytes) -> Answer:
    with wire(port) as connection:
        stream = connection.begin(call_headers(path.encode(), *headers))
        for start in range(0, len(raw), FRAME):
            connection.send(DataFrame(stream, raw[start : start + FRAME]))
        connection.send(DataFrame(stream, flags=["END_STREAM"]))
        return connection.answer(stream)


def _is_mistake(answer: Answer) -> bool:
    """Whether that is none at all, or one that says that we did not know what to say."""
    is_of_grpc = answer.headers.get(b"grpc-message", b"").startswith(OF_GRPC)
    return not answer.is_over or (answer.status in (INTERNAL, UNKNOWN) and not is_of_grpc)


def _bomb() -> bytes:
    """A gzip of nothing but zeros."""
    packing = zlib.compressobj(level=9, wbits=31)
    return b"".join(packing.compress(bytes(MIB)) for _ in range(BOMB_MIB)) + packing.flush()
