"""Parts sealed as Tink streaming AEAD ciphertexts."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.layout import HEADER_SIZE, TAG_SIZE, segment_end
from emo_grpc.assets.service_layer.ports import Write

KEY_SIZE: Final = 32
SALT_SIZE: Final = 32
PREFIX_SIZE: Final = 7
ASSOCIATED_DATA_PREFIX: Final = b"emo part 1\n"
"""Says what is sealed, and the version of the format."""

RandomBytes = Callable[[int], bytes]
"""Gives that many bytes of a cryptographically secure random generator."""


class TinkPartCipher:
    """AES256_GCM_HKDF_1MB, byte for byte (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming).

    Header: its own length (1 byte, 40), salt (32), nonce prefix (7). The segments' key is HKDF-SHA256 (RFC 5869) of
    the data key with that salt and the associated data as info; their nonce is prefix, index (4, big endian) and
    whether it is the last (1).
    """

    def __init__(self, random_bytes: RandomBytes = os.urandom) -> None:
        self._random_bytes = random_bytes

    def sealer(self, key: bytes, asset_id: AssetId, part_number: int, capacity: int) -> "TinkPartSealer":
        """Seal up to `capacity` plaintext bytes, under a new salt."""
        header = bytes([HEADER_SIZE]) + self._random_bytes(SALT_SIZE + PREFIX_SIZE)
        segments = SegmentKey(key, associated_data(asset_id, part_number), header)
        return TinkPartSealer(segments, header, capacity)

    def opener(self, key: bytes, asset_id: AssetId, part_number: int, header: bytes | memoryview) -> "TinkPartOpener":
        """Open a part that begins with `header`."""
        if len(header) != HEADER_SIZE or header[0] != HEADER_SIZE:
            raise StoredFileCorrupt("the stored file is damaged", metadata={"part": str(part_number)})
        return TinkPartOpener(SegmentKey(key, associated_data(asset_id, part_number), bytes(header)), part_number)


def associated_data(asset_id: AssetId, part_number: int) -> bytes:
    """What a part is bound to: format version, asset (16 bytes) and part number (4 bytes, big endian)."""
    return ASSOCIATED_DATA_PREFIX + asset_id.value.bytes + part_number.to_bytes(4, "big")


class SegmentKey:
    """The key of one part's segments. It is in no repr."""

    def __init__(self, key: bytes, associated: bytes, header: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a data key has {KEY_SIZE} bytes, not {len(key)}")
        salt = header[1 : 1 + SALT_SIZE]
        self._key = HKDF(SHA256(), KEY_SIZE, salt, associated).derive(key)
        self._aead = AESGCM(self._key)
        self._prefix = header[1 + SALT_SIZE :]

    def seal(self, index: int, is_last: bool, pieces: Sequence[memoryview], output: memoryview) -> None:
        """Encrypt one segment, in one piece or in several, into just enough `output` for ciphertext and tag."""
        nonce = self._nonce(index, is_last)
        if len(pieces) <= 1:
            self._aead.encrypt_into(nonce, pieces[0] if pieces else b"", None, output)
            return
        encryptor, end = Cipher(algorithms.AES(self._key), modes.GCM(nonce)).encryptor(), 0
        for piece in pieces:
            end += encryptor.update_into(piece, output[end:])
        encryptor.finalize()
        output[end:] = encryptor.tag

    def open(self, index: int, is_last: bool, ciphertext: bytes | memoryview) -> bytes:
        """Decrypt one segment; raises InvalidTag."""
        return self._aead.decrypt(self._nonce(index, is_last), ciphertext, None)

    def _nonce(self, index: int, is_last: bool) -> bytes:
        return self._prefix + index.to_bytes(4, "big") + bytes([is_last])


class TinkPartSealer:
    """Encrypts straight from what was fed, a segment at a time."""

    def __init__(self, segments: SegmentKey, header: bytes, capacity: int) -> None:
        self._segments = segments
        self._header = header
        self._capacity = capacity
        self._pieces: deque[memoryview] = deque()
        self._fed = 0
        self._sealed = 0
        self._index = 0

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next plaintext, kept by reference until sealed."""
        if self._fed + len(data) > self._capacity:
            raise ValueError("more was fed than the part holds")
        if data:
            self._pieces.append(memoryview(data))
            self._fed += len(data)

    def seal_pending(self, write: Write) -> None:
        """Encrypt the whole segments that were fed."""
        # The nonce says whether a segment is the last, so a full one waits until more comes, or no more can.
        while self._sealed < self._fed and (self._fed > segment_end(self._index) or self._fed == self._capacity):
            end = min(segment_end(self._index), self._capacity)
            self._seal(write, end, is_last=end == self._capacity)

    def finish(self, write: Write) -> None:
        """Encrypt the rest."""
        self.seal_pending(write)
        if self._sealed < self._fed or self._index == 0:
            self._seal(write, self._fed, is_last=True)

    def _seal(self, write: Write, end: int, *, is_last: bool) -> None:
        index, size = self._index, end - self._sealed
        pieces = self._take(size)
        header = b"" if index else self._header
        # First: a nonce is spent even if its segment can't be written.
        self._sealed, self._index = end, index + 1

        def put(memory: memoryview) -> None:
            memory[: len(header)] = header
            self._segments.seal(index, is_last, pieces, memory[len(header) :])

        write(len(header) + size + TAG_SIZE, put)

    def _take(self, size: int) -> list[memoryview]:
        pieces = []
        while size:
            piece = self._next_piece(size)
            pieces.append(piece)
            size -= len(piece)
        return pieces

    def _next_piece(self, limit: int) -> memoryview:
        piece = self._pieces.popleft()
        if len(piece) > limit:
            self._pieces.appendleft(piece[limit:])
        return piece[:limit]


class TinkPartOpener:
    """Decrypts segments, each of its own, so that threads may share it."""

    def __init__(self, segments: SegmentKey, part_number: int) -> None:
        self._segments = segments
        self._part_number = part_number

    def open(self, segment: int, is_last: bool, ciphertext: bytes | memoryview) -> bytes:
        """Give the proven plaintext of a segment."""
        try:
            return self._segments.open(segment, is_last, ciphertext)
        except InvalidTag as error:
            where = {"part": str(self._part_number), "segment": str(segment)}
            raise StoredFileCorrupt("the stored file is damaged", metadata=where) from error
