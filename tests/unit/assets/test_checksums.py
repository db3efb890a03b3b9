"""CRC-32C of bytes that lie in others, or follow on them."""

from random import Random

import google_crc32c
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emo.assets.v1.assets_pb2 import UploadAssetRequest, UploadChunk
from emo_grpc.assets.entrypoints.codecs import decode_upload
from emo_grpc.assets.service_layer.checksums import (
    LARGE,
    crc32c_extended,
    crc32c_inside,
    crc32c_of_both,
)
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk

SOME = Random(5).randbytes(2 * LARGE)
BYTES = st.binary(max_size=40) | st.integers(0, 70_000).map(lambda size: SOME[:size])


@given(BYTES, BYTES)
@example(b"", b"")
@example(b"\0", bytes(1 << 21))
def test_two_pieces(first: bytes, second: bytes) -> None:
    """What is known of both is enough."""
    crc32c = google_crc32c.value(first)
    expected = google_crc32c.value(first + second)
    assert crc32c_of_both(crc32c, google_crc32c.value(second), len(second)) == expected
    assert crc32c_extended(crc32c, second) == crc32c_extended(crc32c, memoryview(second)) == expected


@given(BYTES, BYTES, BYTES, st.sampled_from([None, 0, 1, 1 << 31]))
@example(b"", b"", b"", 0)
def test_a_piece_inside(head: bytes, data: bytes, tail: bytes, wrong: int | None) -> None:
    """Whether the right CRC-32C is expected, or a wrong one, or nothing is known of it, the right one is found."""
    right = google_crc32c.value(data)
    expected = None if wrong is None else right ^ wrong
    assert crc32c_inside(head + data + tail, len(head), len(head) + len(data), expected) == right


@pytest.mark.parametrize("size", [1, LARGE - 1, LARGE, LARGE + 1])
@pytest.mark.parametrize("sent", ["right", "wrong", "none"])
def test_a_received_chunk(size: int, sent: str) -> None:
    """A chunk is known by the CRC-32C of its own bytes, whatever was sent with it."""
    data = SOME[-size:]
    right = google_crc32c.value(data)
    crc32c = {"right": right, "wrong": right ^ 1, "none": None}[sent]
    message = UploadAssetRequest(chunk=UploadChunk(data=data, crc32c=crc32c)).SerializeToString()
    assert decode_upload(message) == ReceivedChunk(data, right, crc32c)


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, LARGE + 5])
def test_a_chunk_behind_others(size: int) -> None:
    """The file's CRC-32C goes on with a chunk, or with a piece of it."""
    chunk = ReceivedChunk.of(SOME[: LARGE + 5], None)
    piece = memoryview(chunk.data)[:size]
    assert chunk.behind(google_crc32c.value(b"abc"), piece) == google_crc32c.value(b"abc" + bytes(piece))


def test_only_small_chunks_are_copied() -> None:
    """A large one stays in its message, and a small one does not keep all of a message in memory."""
    small, large = (
        decode_upload(UploadAssetRequest(chunk=UploadChunk(data=SOME[:size])).SerializeToString())
        for size in (LARGE - 1, LARGE)
    )
    assert isinstance(small, ReceivedChunk)
    assert isinstance(large, ReceivedChunk)
    assert (type(small.data), type(large.data)) == (bytes, memoryview)
