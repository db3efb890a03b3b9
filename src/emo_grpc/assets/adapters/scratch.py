"""Memory for what is on its way."""

import mmap
import threading

from emo_grpc.assets.domain.layout import SEGMENT_SIZE


class Scratch(threading.local):
    """Room on each thread, from a page on: memory that was just used is fast, and new memory is not."""

    def __init__(self, size: int = SEGMENT_SIZE) -> None:
        self.memory = memoryview(mmap.mmap(-1, size))
