"""A chunk as it came."""

from typing import NamedTuple

import google_crc32c

from emo_grpc.assets.service_layer.checksums import LARGE, crc32c_extended, crc32c_inside, crc32c_of_both


class ReceivedChunk(NamedTuple):
    """Plaintext bytes, their CRC-32C, and the one that was sent with them, if any."""

    data: bytes | memoryview
    crc32c: int
    sent_crc32c: int | None

    @classmethod
    def of(cls, data: bytes, sent_crc32c: int | None) -> "ReceivedChunk":
        """Bytes of their own."""
        return cls(data, google_crc32c.value(data), sent_crc32c)

    @classmethod
    def inside(cls, message: bytes, start: int, end: int, sent_crc32c: int | None) -> "ReceivedChunk":
        """`message[start:end]`: large ones stay where they are, and small ones leave the message behind."""
        if end - start < LARGE:
            return cls.of(message[start:end], sent_crc32c)
        return cls(memoryview(message)[start:end], crc32c_inside(message, start, end, sent_crc32c), sent_crc32c)

    def behind(self, crc32c: int, piece: bytes | memoryview) -> int:
        """The CRC-32C of bytes that have `crc32c`, and of a piece of this chunk behind them."""
        if len(piece) == len(self.data) >= LARGE:
            return crc32c_of_both(crc32c, self.crc32c, len(piece))
        return crc32c_extended(crc32c, piece)
