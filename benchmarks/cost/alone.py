"""What the libraries behind a transfer take by themselves, called in the simplest way."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import google_crc32c
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.cost.disk import seconds_to_write

MIB = 1 << 20
GIB = 1 << 30
TAG = 16
BLOCK = 32 * MIB


def processor_seconds(folder: Path) -> dict[str, float]:
    """For a GiB each, a MiB at a time; `folder` lies on the disk that is written to."""
    block = os.urandom(BLOCK)
    pieces = [block[start : start + MIB] for start in range(0, BLOCK, MIB)]
    aead, nonce, sealed = AESGCM(os.urandom(32)), bytes(12), memoryview(bytearray(MIB + TAG))
    copy = memoryview(bytearray(MIB))

    def copy_piece(piece: bytes) -> None:
        copy[:] = piece

    taken = {
        "AES-256-GCM, sealed": _of_pieces(pieces, lambda piece: aead.encrypt_into(nonce, piece, None, sealed)),
        "CRC-32C, once": _of_pieces(pieces, google_crc32c.value),
        "a copy in memory": _of_pieces(pieces, copy_piece),
    }
    stored = bytes(sealed)
    taken["AES-256-GCM, opened"] = _of_pieces(pieces, lambda _: aead.decrypt(nonce, stored, None))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        taken["writes around the page cache"] = _of(lambda: seconds_to_write(Path(name), GIB))
    return taken


def _of_pieces(pieces: list[bytes], work: Callable[[bytes], object]) -> float:
    def all_pieces() -> None:
        for _ in range(GIB // BLOCK):
            for piece in pieces:
                work(piece)

    return _of(all_pieces)


def _of(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin
