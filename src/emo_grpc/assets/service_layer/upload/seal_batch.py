"""Plaintext of an upload stream that is gathered to be sealed at once."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Final, TypeVar

from emo_grpc.assets.service_layer.transfer_memory import TransferMemory

T = TypeVar("T")

SEAL_BATCH: Final = 4 << 20
"""Plaintext bytes that are handed to a thread at a time, a chunk more at most: each hand-over wakes two threads."""

SMALL_BATCH: Final = 1 << 20
"""The same where memory is not ample. While an earlier one is being sealed it may grow as long as there is memory."""

SMALL_PIECE: Final = 16 << 10
"""Smaller chunks are joined: each piece that waits costs some memory of its own, more than a small one has bytes."""


class SealBatch:
    """Pieces of plaintext, `size` bytes together. They count in the `memory` of all streams until they are sealed."""

    def __init__(self, memory: TransferMemory) -> None:
        self._memory = memory
        self._pieces: list[bytes | memoryview | bytearray] = []
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether it is large enough to be sealed."""
        return self.size >= (SEAL_BATCH if self._memory.is_ample else SMALL_BATCH)

    @property
    def may_grow(self) -> bool:
        """Whether it may take more though it is full, while an earlier one is being sealed."""
        return self.size < SEAL_BATCH and not self._memory.is_full

    def add(self, piece: bytes | memoryview) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._memory.hold(len(piece))
        if len(piece) >= SMALL_PIECE:
            self._pieces.append(piece)
        elif self._pieces and isinstance(self._pieces[-1], bytearray):
            self._pieces[-1] += piece
        else:
            self._pieces.append(bytearray(piece))

    def seal(self, seal: Callable[[Sequence[bytes | memoryview]], T], threads: Executor) -> "asyncio.Future[T]":
        """Empty it, and have the pieces sealed on a thread. They count until that is done."""
        pieces, size = [memoryview(piece) for piece in self._pieces], self.size
        self._pieces, self.size = [], 0
        sealing = asyncio.get_running_loop().run_in_executor(threads, seal, pieces)
        sealing.add_done_callback(lambda _: self._memory.let_go(size))
        return sealing

    def take(self) -> Sequence[bytes | memoryview | bytearray]:
        """Empty it, for somebody else to count the pieces."""
        pieces = self._pieces
        self.drop()
        return pieces

    def drop(self) -> None:
        """Empty it, for the pieces are not needed."""
        self._memory.let_go(self.size)
        self._pieces, self.size = [], 0
