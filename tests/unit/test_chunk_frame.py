"""Chunks on the wire, beside what the generated classes make of them."""

from collections.abc import Callable

import pytest
from google.protobuf.message import DecodeError
from hypothesis import example, given
from hypothesis import strategies as st

from emo.assets.v1.assets_pb2 import (
    DownloadAssetResponse,
    DownloadChunk,
    DownloadHeader,
    UploadAssetRequest,
    UploadChunk,
    UploadFinish,
    UploadStart,
)
from emo_grpc.chunk_frame import ChunkFrame, decode_chunk, encode_chunk

CRCS = st.integers(0, 0xFFFF_FFFF)
DATA = st.binary(max_size=300) | st.integers(0, 70_000).map(bytes)
TAGS_AND_LENGTHS = bytes([0x0A, 0x12, 0x15, 0x18, 0x1A, 0x0D, 0, 1, 2, 3, 4, 5, 7, 9, 0x80, 0x85, 0xFF])
Message = UploadAssetRequest | DownloadAssetResponse


def messages() -> st.SearchStrategy[bytes]:
    """Serialized messages of both streams, chunks and others."""
    chunks = st.builds(UploadChunk, data=DATA, crc32c=st.none() | CRCS)
    made: st.SearchStrategy[Message] = st.one_of(
        st.builds(UploadAssetRequest, chunk=chunks),
        st.builds(DownloadAssetResponse, chunk=st.builds(DownloadChunk, data=DATA, crc32c=CRCS)),
        st.builds(UploadAssetRequest, start=st.builds(UploadStart, asset_id=st.text(max_size=9))),
        st.builds(UploadAssetRequest, finish=st.builds(UploadFinish, crc32c=CRCS)),
        st.builds(DownloadAssetResponse, header=st.builds(DownloadHeader, length=st.integers(0, 1 << 62))),
    )
    return made.map(lambda message: message.SerializeToString())


def agrees_with_protobuf(message: bytes) -> bool:
    """Check that a chunk which is read is the one that protobuf reads, and all of it; gives whether one was."""
    frame = decode_chunk(message)
    if frame is None:
        return False
    up, down = UploadAssetRequest.FromString(message), DownloadAssetResponse.FromString(message)
    # What is written again has unknown fields in it, too.
    same_up = UploadAssetRequest(chunk=UploadChunk(data=frame.data, crc32c=frame.crc32c))
    same_down = DownloadAssetResponse(chunk=DownloadChunk(data=frame.data, crc32c=frame.crc32c or 0))
    assert up.SerializeToString(deterministic=True) == same_up.SerializeToString(deterministic=True)
    assert down.SerializeToString(deterministic=True) == same_down.SerializeToString(deterministic=True)
    return True


@given(DATA.filter(bool), CRCS.filter(bool))
@example(b"x" * 127, 1)
@example(b"x" * 128, 1)
@example(b"x" * (1 << 21), 1)
def test_chunks_are_written_as_protobuf_does(data: bytes, crc32c: int) -> None:
    """Byte by byte, in both directions."""
    up = UploadAssetRequest(chunk=UploadChunk(data=data, crc32c=crc32c))
    down = DownloadAssetResponse(chunk=DownloadChunk(data=data, crc32c=crc32c))
    assert encode_chunk(data, crc32c) == up.SerializeToString() == down.SerializeToString()


@given(DATA, CRCS)
@example(b"", 0)
def test_chunks_that_are_written_are_read(data: bytes, crc32c: int) -> None:
    """By us and by protobuf, also empty ones."""
    message = encode_chunk(data, crc32c)
    assert decode_chunk(message) == ChunkFrame(data, crc32c)
    assert agrees_with_protobuf(message)


@given(DATA.filter(bool), st.none() | CRCS)
def test_chunks_of_protobuf_are_read_without_it(data: bytes, crc32c: int | None) -> None:
    """Every serializer's usual layout is the fast one, with a CRC-32C and without."""
    message = UploadAssetRequest(chunk=UploadChunk(data=data, crc32c=crc32c)).SerializeToString()
    assert decode_chunk(message) == ChunkFrame(data, crc32c)


@given(st.binary(max_size=40) | st.integers(100, 140).map(bytes), st.none() | CRCS)
def test_every_truncation(data: bytes, crc32c: int | None) -> None:
    """A message that ends early is never a chunk, for protobuf does not take it either."""
    message = UploadAssetRequest(chunk=UploadChunk(data=data, crc32c=crc32c)).SerializeToString()
    for end in range(len(message)):
        assert decode_chunk(message[:end]) is None
        assert not end or _is_refused(message[:end])


def _is_refused(message: bytes) -> bool:
    with pytest.raises(DecodeError):
        UploadAssetRequest.FromString(message)
    return True


@given(messages(), messages())
def test_messages_in_one(first: bytes, second: bytes) -> None:
    """Of a field that is given twice protobuf makes one, so such a message is left to it."""
    assert decode_chunk(first + second) is None or not (first and second)


@given(messages(), st.data())
def test_mutations(message: bytes, data: st.DataObject) -> None:
    """However a message is damaged, what is read of it is what protobuf reads."""
    mutated = bytearray(message)
    for _ in range(data.draw(st.integers(1, 4))):
        # Tags and lengths are at both ends.
        near = data.draw(st.integers(0, min(12, len(mutated))))
        at = data.draw(st.sampled_from([near, len(mutated) - near]))
        mutated[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    agrees_with_protobuf(bytes(mutated))


@given(st.lists(st.sampled_from(TAGS_AND_LENGTHS), max_size=16).map(bytes))
def test_nonsense_of_tags_and_lengths(message: bytes) -> None:
    """Bytes that look like fields are read as protobuf reads them, or not at all."""
    agrees_with_protobuf(b"\x12" + message)
    agrees_with_protobuf(b"\x12" + bytes([len(message)]) + message)


@pytest.mark.parametrize(
    "inner",
    [
        b"\x0a\x01a\x0a\x01b",
        b"\x0a\x01a\x15abcd\x15efgh",
        b"\x15abcd\x0a\x01a",
        b"\x0a\x01a\x18\x01",
        b"\x0a\x01a\x1a\x03xyz",
        b"\x0a\x81\x00a",
        b"\x0a\x81\x80\x80\x80\x00a",
        b"\x8a\x00\x01a",
        b"\x15abcd",
        b"",
    ],
    ids=[
        "data twice", "crc twice", "swapped", "unknown varint", "unknown bytes", "long length", "longest length",
        "long tag", "crc alone", "nothing",
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [lambda size: bytes([size]), lambda size: bytes([size | 0x80, 0])])
def test_unusual_layouts_are_left_to_protobuf(inner: bytes, length: Callable[[int], bytes]) -> None:
    """It takes them all; only the layout that every serializer writes is read without it."""
    message = b"\x12" + length(len(inner)) + inner
    assert UploadAssetRequest.FromString(message).HasField("chunk")
    assert decode_chunk(message) is None


def test_a_long_outer_length_is_left_to_protobuf() -> None:
    """Also around a chunk that is otherwise as usual."""
    usual = encode_chunk(b"abc", 1)
    message = usual[:1] + bytes([usual[1] | 0x80, 0]) + usual[2:]
    assert UploadAssetRequest.FromString(message).chunk.data == b"abc"
    assert decode_chunk(message) is None
