"""Reads blobs from S3."""

import threading
from collections import deque
from contextlib import closing
from typing import Final

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.errors import RangeMissing
from emo_grpc.assets.adapters.s3.extents import find_extents, part_start
from emo_grpc.assets.adapters.s3.ranged_stream import S3Stream
from emo_grpc.assets.adapters.thread_buffer import ThreadBuffer
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout

REACH: Final = 4 * SEGMENT_SIZE
"""Bytes that a read may lie ahead of the stream: what is between is kept for the threads that come late."""

KEPT: Final = 4
SMALL: Final = 4096
"""A read of fewer bytes is kept too, for two threads may want the header of a part."""


class S3BlobReader:
    """One stream from S3 for all threads that read; they take their bytes in turn, and decrypt them side by side.

    A read a little ahead of the stream keeps what it skips; one behind it is a request of its own.
    """

    def __init__(self, bucket: S3Bucket, key: BlobKey, layout: FileLayout, wanted: range, buffer: ThreadBuffer) -> None:
        self._bucket = bucket
        self._layout = layout
        self._thread_buffer = buffer
        self._lock = threading.Lock()
        self._kept: deque[tuple[int, bytes | bytearray]] = deque(maxlen=KEPT)
        self._extents = find_extents(bucket, key, layout)
        self._stream = S3Stream(bucket, self._extents, wanted.start, wanted.stop)

    def read(self, part_number: int, offset: int, length: int) -> memoryview:
        """Give stored bytes of a part, up to one segment."""
        target = self._thread_buffer.memory[:length]
        try:
            with self._lock:
                self._fill(target, part_start(self._layout, part_number) + offset)
        except RangeMissing as error:
            raise StoredFileCorrupt(error.message, metadata={"part": str(part_number)}) from error
        return target

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._stream.close()

    def _fill(self, target: memoryview, start: int) -> None:
        for kept_start, kept in self._kept:
            if kept_start <= start and start + len(target) <= kept_start + len(kept):
                target[:] = memoryview(kept)[start - kept_start :][: len(target)]
                return
        ahead = start - self._stream.position
        if 0 < ahead <= REACH:
            skipped = bytearray(ahead)
            self._stream.readinto(memoryview(skipped))
            self._kept.append((start - ahead, skipped))
        if self._stream.position == start:
            self._stream.readinto(target)
        else:
            self._fetch(target, start)
        if len(target) <= SMALL:
            self._kept.append((start, bytes(target)))

    def _fetch(self, target: memoryview, start: int) -> None:
        with closing(S3Stream(self._bucket, self._extents, start, start + len(target))) as single:
            single.readinto(target)
