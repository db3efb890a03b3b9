"""Sends parts to S3."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.errors import RETRY_AFTER
from emo_grpc.assets.adapters.s3.part_body import PartBody
from emo_grpc.assets.adapters.s3.part_buffers import PartBuffers
from emo_grpc.assets.adapters.s3.volumes import Volume
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.service_layer.ports import PartReceipt, Put
from emo_grpc.shared.domain.errors import StorageFull, Unavailable


class S3PartSink:
    """Gathers a sealed part, for its size goes ahead of it, and sends it on commit.

    The part waits in one of the buffers; if all are in use, or it is too big for one, in a file without a name in the
    system's folder for such. It is sealed already.
    """

    def __init__(
        self,
        bucket: S3Bucket,
        first: Volume,
        volume: Volume,
        number: int,
        *,
        buffers: PartBuffers,
        token_of: Callable[[str], str],
        complete: Callable[[PartReceipt], None],
    ) -> None:
        self._complete = complete
        self._bucket = bucket
        self._first = first
        self._volume = volume
        self._number = number
        self._buffers = buffers
        self._token_of = token_of
        self._buffer = buffers.take()
        self._file: IO[bytes] | None = None
        self._size = 0

    def write(self, size: int, put: Put) -> None:
        """Take the next stored bytes."""
        end = self._size + size
        if self._buffer is not None and end <= len(self._buffer):
            put(memoryview(self._buffer)[self._size : end])
        else:
            file = self._file or self._move_to_file()
            segment = self._buffers.segment(size)
            put(segment)
            _append(file, segment)
        self._size = end

    def commit(self) -> str:
        """Send the part; gives the token of its receipt.

        Raises BlobNotFound if the whole upload is gone; what only lost this writer's volume can go on with another.
        """
        try:
            etag = self._bucket.put_part(self._volume.name, self._volume.upload_id, self._number, self._body())
        except BlobNotFound as error:
            self._bucket.check_upload(self._first.name, self._first.upload_id)
            raise Unavailable("the file store dropped what this stream had sent", retry_after=RETRY_AFTER) from error
        self.discard()
        return self._token_of(etag)

    def commit_whole(self) -> str:
        """Send the part, and make it the object."""
        token = self.commit()
        self._complete(PartReceipt(self._number, token))
        return token

    def discard(self) -> None:
        """Let go of what is held; S3 drops what it has got with the upload."""
        if self._buffer is not None:
            buffer, self._buffer = self._buffer, None
            self._buffers.give_back(buffer)
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):  # what could not be written is not wanted any more
                file.close()

    def withdraw(self) -> None:
        """The same: S3 can't remove one part, see `S3BlobStore.withdraw`."""
        self.discard()

    def _body(self) -> PartBody | IO[bytes]:
        if self._file is not None:
            self._file.seek(0)
            return self._file
        if self._buffer is None:
            raise RuntimeError("a part is committed once, and not after it was discarded")
        return PartBody(memoryview(self._buffer)[: self._size])

    def _move_to_file(self) -> IO[bytes]:
        try:
            file = self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `discard`
        except OSError as error:
            raise StorageFull("there is no room for a part that is to be sent") from error
        buffer, self._buffer = self._buffer, None
        if buffer is not None:
            try:
                _append(file, memoryview(buffer)[: self._size])
            finally:
                self._buffers.give_back(buffer)
        return file


def _append(file: IO[bytes], data: memoryview) -> None:
    try:
        file.write(data)
        file.flush()  # now, while the caller can be told that there is no room
    except OSError as error:
        raise StorageFull("there is no room for a part that is to be sent") from error
