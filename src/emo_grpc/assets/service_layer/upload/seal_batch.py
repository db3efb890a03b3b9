"""Plaintext of an upload stream that is gathered to be sealed at once."""

from typing import Final

from emo_grpc.assets.service_layer.upload.resources import UploadResources

SEAL_BATCH: Final = 1 << 20
"""Plaintext bytes that are handed to a thread at a time: so many that handing over costs little beside sealing."""

STREAM_AHEAD: Final = 4 * SEAL_BATCH
"""Plaintext bytes that a stream may gather during an earlier sealing, a chunk more at most, while memory allows."""

SMALL_PIECE: Final = 16 << 10
"""Smaller chunks are joined: each piece that waits costs some memory of its own, more than a small one has bytes."""


class SealBatch:
    """Pieces of plaintext, `size` bytes together. They count in the memory of all streams until they are sealed."""

    def __init__(self, resources: UploadResources) -> None:
        self._resources = resources
        self._pieces: list[bytes | bytearray] = []
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether it is large enough to be sealed."""
        return self.size >= SEAL_BATCH

    @property
    def may_grow(self) -> bool:
        """Whether it may take more though it is full, while an earlier one is being sealed."""
        return self.size < STREAM_AHEAD and not self._resources.memory.is_full

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._resources.memory.hold(len(piece))
        if len(piece) >= SMALL_PIECE:
            self._pieces.append(piece)
        elif self._pieces and isinstance(self._pieces[-1], bytearray):
            self._pieces[-1] += piece
        else:
            self._pieces.append(bytearray(piece))

    def take(self) -> tuple[list[bytes], int]:
        """Empty it; gives the pieces and their size, to be counted until they are sealed."""
        pieces, size = [bytes(piece) for piece in self._pieces], self.size
        self._pieces, self.size = [], 0
        return pieces, size

    def drop(self) -> None:
        """Empty it, for the pieces are not needed."""
        self._resources.forget(self.size)
        self._pieces, self.size = [], 0
