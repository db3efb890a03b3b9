"""One long read from S3 that survives broken connections."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from botocore.exceptions import HTTPClientError, IncompleteReadError
from botocore.response import StreamingBody
from urllib3.exceptions import HTTPError

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.errors import RETRY_AFTER, RangeMissing
from emo_grpc.assets.adapters.s3.extents import Extent
from emo_grpc.shared.domain.errors import Unavailable

REOPENINGS: Final = 3
"""In a row without a byte in between."""

PAUSE: Final = 0.1
"""Seconds before the first reopening, twice as long before each that follows."""

BROKEN: Final = (HTTPClientError, IncompleteReadError, HTTPError, OSError, ValueError)
"""What reading a body raises; urllib3 gives ValueError for one that was closed."""


class S3Stream:
    """Reads a blob from `position` to before `end`, one ranged GET for each of its objects. Not for several threads."""

    def __init__(self, bucket: S3Bucket, extents: Sequence[Extent], start: int, end: int) -> None:
        self._bucket = bucket
        self._extents = extents
        self.position = start
        self._end = end
        self._body: StreamingBody | None = None
        self._body_end = start

    def readinto(self, target: memoryview) -> None:
        """Fill the target with the next bytes. Raises Unavailable, BlobNotFound, RangeMissing."""
        failures = 0
        while target:
            count = self._attempt(target)
            if count:
                failures = 0
                self.position += count
                target = target[count:]
            elif failures == REOPENINGS:
                raise Unavailable("the file store breaks off again and again", retry_after=RETRY_AFTER)
            else:
                self.close()
                if failures:
                    time.sleep(PAUSE * 2**failures)
                failures += 1

    def close(self) -> None:
        """Let go of the connection; one that was read to its end is kept for others."""
        if self._body is not None:
            body, self._body = self._body, None
            with suppress(*BROKEN):
                body.close()

    def _attempt(self, target: memoryview) -> int:
        body = self._body
        if body is None or self.position == self._body_end:
            body = self._body = self._reopened(self.position + len(target))
        try:
            return int(body.readinto(target[: self._body_end - self.position]))
        except BROKEN:
            return 0

    def _reopened(self, wanted: int) -> StreamingBody:
        self.close()
        extent = next((extent for extent in self._extents if extent.start <= self.position < extent.end), None)
        if extent is None:
            raise RangeMissing("the stored file ends before what is to be read")
        self._body_end = min(extent.end, max(self._end, wanted))
        return self._bucket.get(extent.name, self.position - extent.start, self._body_end - extent.start)
