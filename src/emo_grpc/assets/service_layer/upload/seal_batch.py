"""What the next sealing of an upload stream takes."""

from typing import Final

from emo_grpc.assets.service_layer.upload.resources import UploadResources

SEAL_BATCH: Final = 1 << 20
"""Plaintext bytes that are handed to a thread at a time: enough to make the handing over cheap."""

STREAM_AHEAD: Final = 4 * SEAL_BATCH
"""How far a stream may run ahead of its sealing, but for a chunk, while there is memory for all."""

SMALL_PIECE: Final = 16 << 10
"""Chunks below these bytes are gathered, for each piece that waits costs more memory than a small chunk has."""


class SealBatch:
    """Plaintext that waits, counted with that of all streams until it is sealed. `size` is its bytes."""

    def __init__(self, resources: UploadResources) -> None:
        self._resources = resources
        self._pieces: list[bytes | bytearray] = []
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether it is worth a sealing."""
        return self.size >= SEAL_BATCH

    @property
    def may_grow(self) -> bool:
        """Whether a full one may take more, while an earlier one is being sealed."""
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
        """Give what waits, and its size: who seals it counts it no longer then."""
        pieces, size = [bytes(piece) for piece in self._pieces], self.size
        self._pieces, self.size = [], 0
        return pieces, size

    def drop(self) -> None:
        """Nobody wants it any more."""
        self._resources.forget(self.size)
        self._pieces, self.size = [], 0
