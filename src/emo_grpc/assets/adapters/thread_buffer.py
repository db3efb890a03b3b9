"""A buffer of each thread's own."""

import mmap
import threading

from emo_grpc.assets.domain.layout import SEGMENT_SIZE


class ThreadBuffer(threading.local):
    """One buffer of `size` bytes for each thread, aligned to a page. It is kept, for new memory is slow at first."""

    def __init__(self, size: int = SEGMENT_SIZE) -> None:
        self.memory = memoryview(mmap.mmap(-1, size))
