"""Direct writes that go on while the next bytes are sealed."""

import mmap
import os
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from emo_grpc.assets.adapters.filesystem.direct_io import NOT_OPEN, open_to_write
from emo_grpc.assets.adapters.thread_buffer import ThreadBuffer
from emo_grpc.assets.domain.layout import SEGMENT_SIZE
from emo_grpc.assets.service_layer.ports import Put
from emo_grpc.shared.adapters.started_threads import started_threads

WRITERS: Final = 4
BUFFERS: Final = 16
DEPTH: Final = 3
"""Buffers of one file: the disk is busy with one while it finishes another, and the third is being filled."""


class WriteBehind:
    """Threads and memory for writes around the page cache, shared by all files of a store."""

    def __init__(self) -> None:
        self._thread_buffer = ThreadBuffer()
        self._threads = started_threads(WRITERS, "blob-writer")
        self._free = deque(memoryview(mmap.mmap(-1, SEGMENT_SIZE)) for _ in range(BUFFERS))

    def open(self, path: Path) -> "DirectFile":
        """Open a file that exists, for writing around the page cache if its file system knows how."""
        return DirectFile(path, self)

    def submit(self, file: int, size: int, put: Put, offset: int) -> "Future[None]":
        """Take `size` bytes and write them soon; at once, if no buffer is free."""
        try:
            buffer = self._free.popleft()
        except IndexError:
            self.write_now(file, size, put, offset)
            done: Future[None] = Future()
            done.set_result(None)
            return done
        try:
            put(buffer[:size])
        except BaseException:
            self._free.append(buffer)
            raise
        return self._threads.submit(self._write, file, buffer, size, offset)

    def write_now(self, file: int, size: int, put: Put, offset: int) -> None:
        """Take `size` bytes and write them."""
        memory = self._thread_buffer.memory[:size]
        put(memory)
        _write_all(file, memory, offset)

    def close(self) -> None:
        """Let the threads end after what they do."""
        self._threads.shutdown()

    def _write(self, file: int, buffer: memoryview, length: int, offset: int) -> None:
        try:
            _write_all(file, buffer[:length], offset)
        finally:
            self._free.append(buffer)


class DirectFile:
    """One file, fed by one thread at a time. Errors of earlier writes come with later calls."""

    def __init__(self, path: Path, behind: WriteBehind) -> None:
        self._behind = behind
        self._pending: deque[Future[None]] = deque()
        self._file = open_to_write(path)

    def takes(self, size: int, offset: int) -> bool:
        """Whether so many bytes can be written here: whole segments, which are whole blocks of any disk."""
        return self._file != NOT_OPEN and size == SEGMENT_SIZE and offset % SEGMENT_SIZE == 0

    def write(self, size: int, put: Put, offset: int) -> None:
        """Take `size` bytes and write them soon."""
        while len(self._pending) >= DEPTH:
            self._pending.popleft().result()
        self._pending.append(self._behind.submit(self._file, size, put, offset))

    def drain(self) -> None:
        """Wait until everything is written."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """Wait for the writes, whatever becomes of them."""
        while self._pending:
            self._pending.popleft().exception()
        if self._file != NOT_OPEN:
            file, self._file = self._file, NOT_OPEN
            os.close(file)


def _write_all(file: int, data: memoryview, offset: int) -> None:
    while data:
        count = os.pwrite(file, data, offset)
        data, offset = data[count:], offset + count
