"""The part cipher against the official Tink library, and against damage."""

import base64
import json
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher, associated_data
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.layout import (
    FIRST_SEGMENT_PLAINTEXT,
    HEADER_SIZE,
    SEGMENT_PLAINTEXT,
    FileLayout,
    ciphertext_size,
    segment_end,
)
from emo_grpc.assets.service_layer.ports import Put
from sinks import Written

from .tink_oracle import tink_decrypt, tink_encrypt

ASSET = AssetId(UUID("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"))
KEY = bytes(range(32))
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "streaming_aead.json").read_text())
TWO_ENDS = segment_end(1)
BOUNDARIES = [0, 1, 15, 16, 17] + [
    end + step for end in (FIRST_SEGMENT_PLAINTEXT, TWO_ENDS, segment_end(2)) for step in (-17, -16, -1, 0, 1, 16)
]
CAPACITY = segment_end(3)
# Cheap to make, and without the repetition that would hide a misplaced segment.
PLAINTEXT = b"".join(number.to_bytes(8, "big") for number in range(CAPACITY // 8 + 1))[:CAPACITY]


def seal(plaintext: bytes, cuts: list[int], *, part: int = 3, capacity: int = CAPACITY) -> bytes:
    ciphertext = Written()
    sealer = TinkPartCipher().sealer(KEY, ASSET, part, capacity)
    for start, end in pairwise(sorted({0, *(cut for cut in cuts if cut < len(plaintext)), len(plaintext)})):
        sealer.feed(memoryview(plaintext)[start:end])
        sealer.seal_pending(ciphertext.write)
    sealer.finish(ciphertext.write)
    return bytes(ciphertext)


def unseal(ciphertext: bytes, size: int, *, part: int = 3, key: bytes = KEY) -> bytes:
    opener = TinkPartCipher().opener(key, ASSET, part, ciphertext[:HEADER_SIZE])
    # A part is like a file of one part.
    return b"".join(
        opener.open(found.index, found.is_last, ciphertext[found.offset : found.offset + found.length])
        for found in FileLayout(size, CAPACITY).segments(0, size)
    )


@pytest.mark.parametrize("size", BOUNDARIES)
def test_tink_reads_what_we_seal(size: int) -> None:
    """Tink decrypts our parts of every size around a segment's end."""
    ciphertext = seal(PLAINTEXT[:size], [1 << 20, 2 << 20, 3 << 20])
    assert len(ciphertext) == ciphertext_size(size)
    assert tink_decrypt(KEY, associated_data(ASSET, 3), ciphertext) == PLAINTEXT[:size]


@pytest.mark.parametrize("size", BOUNDARIES)
def test_we_read_what_tink_seals(size: int) -> None:
    """Our opener decrypts Tink's ciphertexts of every size around a segment's end."""
    ciphertext = tink_encrypt(KEY, associated_data(ASSET, 3), PLAINTEXT[:size])
    assert len(ciphertext) == ciphertext_size(size)
    assert unseal(ciphertext, size) == PLAINTEXT[:size]


@pytest.mark.parametrize("capacity", [1, FIRST_SEGMENT_PLAINTEXT, FIRST_SEGMENT_PLAINTEXT + 1, TWO_ENDS, CAPACITY])
def test_tink_reads_a_part_that_is_full(capacity: int) -> None:
    """A part filled to its capacity ends with the last flag, wherever that falls in a segment."""
    ciphertext = seal(PLAINTEXT[:capacity], [], capacity=capacity)
    assert tink_decrypt(KEY, associated_data(ASSET, 3), ciphertext) == PLAINTEXT[:capacity]


@settings(max_examples=25)
@given(size=st.integers(0, CAPACITY), cuts=st.lists(st.integers(0, CAPACITY), max_size=20))
def test_however_the_plaintext_is_cut_it_comes_back(size: int, cuts: list[int]) -> None:
    """The chunks in which plaintext arrives make no difference to Tink or to us."""
    ciphertext = seal(PLAINTEXT[:size], cuts)
    assert tink_decrypt(KEY, associated_data(ASSET, 3), ciphertext) == PLAINTEXT[:size]
    assert unseal(ciphertext, size) == PLAINTEXT[:size]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_format_stays_what_it_was(vector: dict[str, str]) -> None:
    """Frozen ciphertexts still come out of the same salt and prefix, and still open."""
    plaintext = base64.b64decode(vector["plaintext"])
    header = base64.b64decode(vector["header"])
    ciphertext = base64.b64decode(vector["ciphertext"])
    key, asset, part = bytes.fromhex(vector["key"]), AssetId.parse(vector["asset_id"], ""), int(vector["part"])
    sealer = TinkPartCipher(lambda size: header[1 : 1 + size]).sealer(key, asset, part, len(plaintext))
    sealer.feed(plaintext)
    sealed = Written()
    sealer.finish(sealed.write)
    assert bytes(sealed) == ciphertext
    assert tink_decrypt(key, associated_data(asset, part), ciphertext) == plaintext


def test_each_part_gets_a_salt_of_its_own() -> None:
    """Sealing the same part again never repeats a nonce under a key."""
    assert seal(b"again", [])[:HEADER_SIZE] != seal(b"again", [])[:HEADER_SIZE]


SMALL = 600
SEALED_SMALL = seal(PLAINTEXT[:SMALL], [])
SIZE = FIRST_SEGMENT_PLAINTEXT + SEGMENT_PLAINTEXT + 5
SEALED = seal(PLAINTEXT[:SIZE], [])


@settings(max_examples=60)
@given(at=st.integers(0, len(SEALED_SMALL) - 1), change=st.integers(1, 255))
def test_a_changed_byte_is_found(at: int, change: int) -> None:
    """No byte of a part can change without StoredFileCorrupt, those of the header included."""
    damaged = bytearray(SEALED_SMALL)
    damaged[at] ^= change
    with pytest.raises(StoredFileCorrupt):
        unseal(bytes(damaged), SMALL)


@pytest.mark.parametrize("length", [0, 15, 16, SMALL + 15, SMALL + 17])
def test_a_segment_of_another_length_is_found(length: int) -> None:
    """A segment that lost or won bytes does not open."""
    opener = TinkPartCipher().opener(KEY, ASSET, 3, SEALED_SMALL[:HEADER_SIZE])
    with pytest.raises(StoredFileCorrupt):
        opener.open(0, True, (SEALED_SMALL[HEADER_SIZE:] + b"\0")[:length])


@pytest.mark.parametrize(("index", "is_last"), [(1, False), (0, True), (2, False)])
def test_a_segment_opens_only_in_its_place(index: int, is_last: bool) -> None:
    """Segments can't be reordered, and a part can't be cut off after one of them."""
    opener = TinkPartCipher().opener(KEY, ASSET, 3, SEALED[:HEADER_SIZE])
    first = memoryview(SEALED)[HEADER_SIZE : 1 << 20]
    assert opener.open(0, False, first) == PLAINTEXT[:FIRST_SEGMENT_PLAINTEXT]
    with pytest.raises(StoredFileCorrupt):
        opener.open(index, is_last, first)


def test_a_part_opens_only_as_itself() -> None:
    """A part of another asset or number, or of another data key, does not open."""
    with pytest.raises(StoredFileCorrupt):
        unseal(SEALED_SMALL, SMALL, part=4)
    with pytest.raises(StoredFileCorrupt):
        unseal(SEALED_SMALL, SMALL, key=bytes(32))
    stranger = TinkPartCipher().opener(KEY, AssetId.new(), 3, SEALED_SMALL[:HEADER_SIZE])
    with pytest.raises(StoredFileCorrupt):
        stranger.open(0, True, SEALED_SMALL[HEADER_SIZE:])


@pytest.mark.parametrize(
    "header",
    [b"", SEALED[:39], SEALED[:41], b"\x29" + SEALED[1:40]],
    ids=["empty", "short", "long", "other length byte"],
)
def test_what_is_no_header_is_refused(header: bytes) -> None:
    """A header of the wrong length or length byte is StoredFileCorrupt."""
    with pytest.raises(StoredFileCorrupt):
        TinkPartCipher().opener(KEY, ASSET, 3, header)


def test_a_nonce_is_spent_even_if_its_segment_is_not_written() -> None:
    """Whatever is sealed after a failed write has a nonce of its own."""
    sealer = TinkPartCipher().sealer(KEY, ASSET, 3, CAPACITY)
    sealed = Written()

    def write(size: int, put: Put) -> None:
        sealed.write(size, put)
        raise ZeroDivisionError

    sealer.feed(PLAINTEXT)
    with pytest.raises(ZeroDivisionError):
        sealer.seal_pending(write)
    rest = Written()
    sealer.finish(rest.write)
    assert unseal(bytes(sealed + rest), CAPACITY) == PLAINTEXT


def test_misuse_is_told() -> None:
    """More plaintext than the capacity, or a short key, are mistakes of the caller."""
    cipher = TinkPartCipher()
    with pytest.raises(ValueError, match="more was fed"):
        cipher.sealer(KEY, ASSET, 1, 4).feed(b"12345")
    with pytest.raises(ValueError, match="32 bytes"):
        cipher.sealer(KEY[1:], ASSET, 1, 4)
