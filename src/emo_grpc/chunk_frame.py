"""The wire format of a chunk, on its way up or down.

UploadAssetRequest.chunk and DownloadAssetResponse.chunk are laid out alike: field 2 of the message, with the data in
field 1 and its CRC-32C in field 2 (https://protobuf.dev/programming-guides/encoding/). Going through protobuf objects
copies each chunk two or three times more, which costs more than its encryption. Tests compare both ways.
"""

import struct
from typing import Final, NamedTuple

CHUNK_TAG: Final = 0x12  # field 2, length-delimited
DATA_TAG: Final = 0x0A  # field 1, length-delimited
CRC32C_TAG: Final = 0x15  # field 2, 32-bit
CRC32C: Final = struct.Struct("<BI")
MAX_VARINT_BYTES: Final = 5


class ChunkFrame(NamedTuple):
    """A chunk's data, and the CRC-32C that was sent with it, if any."""

    data: bytes
    crc32c: int | None


def encode_chunk(data: bytes, crc32c: int) -> bytes:
    """The serialized message that carries this chunk."""
    inner = b"\x0a" + _varint(len(data))
    head = b"\x12" + _varint(len(inner) + len(data) + CRC32C.size) + inner
    return b"".join((head, data, CRC32C.pack(CRC32C_TAG, crc32c)))


class ChunkPlace(NamedTuple):
    """Where a chunk's data lies in its message, and the CRC-32C that was sent with it, if any."""

    start: int
    end: int
    crc32c: int | None


def decode_chunk(message: bytes) -> ChunkFrame | None:
    """The chunk of a serialized message; see `find_chunk`."""
    place = find_chunk(message)
    return None if place is None else ChunkFrame(message[place.start : place.end], place.crc32c)


def find_chunk(message: bytes) -> ChunkPlace | None:
    """The chunk of a serialized message; None if it carries none, or is not laid out as every serializer does it.

    That is: data, then perhaps the CRC-32C, once each, in lengths of no more bytes than needed, and nothing else. None
    says nothing of the message's validity: ask protobuf then, which knows how to merge fields and what to skip.
    """
    if not message or message[0] != CHUNK_TAG:
        return None
    try:
        length, start = _read_varint(message, 1)
        if start + length != len(message) or message[start] != DATA_TAG:
            return None
        size, start = _read_varint(message, start + 1)
    except IndexError:
        return None
    end = start + size
    if end == len(message):
        return ChunkPlace(start, end, None)
    if end + CRC32C.size != len(message) or message[end] != CRC32C_TAG:
        return None
    return ChunkPlace(start, end, CRC32C.unpack_from(message, end)[1])


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 7 * MAX_VARINT_BYTES, 7):
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte == 0 and shift:
            break
        if byte < 0x80:
            return number, position
    raise IndexError("longer than any serializer writes it")
