"""Memory for the parts that wait to be sent to S3."""

import threading
from typing import Final

from emo_grpc.assets.adapters.thread_buffer import ThreadBuffer
from emo_grpc.assets.domain.layout import PART_SIZE_STEP, ciphertext_size

BUFFER_SIZE: Final = ciphertext_size(PART_SIZE_STEP)
"""Bytes: one stored part of all files but huge ones."""

BUFFERS: Final = 8
"""64 MiB in all, whatever the number of uploads. One that is alone takes five."""


class PartBuffers:
    """Hands out a bounded number of buffers, and never makes a thread wait for one.

    Waiting could be for ever: the owner of a buffer may need a thread to be done with it, while those who wait
    have the threads; or a slow client fills it. Memory that was used is fast and new memory is not, so it is kept.
    """

    def __init__(self, count: int = BUFFERS) -> None:
        self._lock = threading.Lock()
        self._unmade = count
        self._free: list[bytearray] = []
        self._thread_buffer = ThreadBuffer()

    def segment(self, size: int) -> memoryview:
        """This thread's own, for up to one segment of a part that has no buffer."""
        return self._thread_buffer.memory[:size]

    def take(self) -> bytearray | None:
        """A buffer of BUFFER_SIZE bytes, or None if all are in use."""
        with self._lock:
            if self._free:
                return self._free.pop()
            if self._unmade == 0:
                return None
            self._unmade -= 1
        return bytearray(BUFFER_SIZE)

    def give_back(self, buffer: bytearray) -> None:
        """Let others use it."""
        with self._lock:
            self._free.append(buffer)
