"""What the bytes of an upload stream are given to."""

from typing import Protocol

from emo_grpc.assets.domain.errors import FileAlreadyComplete
from emo_grpc.assets.domain.tickets import CompleteFile
from emo_grpc.assets.service_layer.upload.bounds import check_chunk, check_end
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk


class UploadSession(Protocol):
    """Takes the chunks of one stream in their order; the last call is `finish` or `pause`."""

    @property
    def persisted_size(self) -> int:
        """Plaintext bytes that are durable."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether the file was complete when this stream began."""
        ...

    async def write(self, chunk: ReceivedChunk) -> None:
        """Take a chunk. Bytes that are persisted already are skipped.

        Raises ChunkChecksumMismatch, SizeMismatch, FileAlreadyComplete, and the errors of earlier chunks.
        """
        ...

    async def finish(self, crc32c: int | None) -> None:
        """All bytes have come: make the file visible.

        Raises SizeMismatch (the upload stays resumable), FileChecksumMismatch (it starts over), UploadSuperseded, and
        FileAlreadyComplete if another file is complete already.
        """
        ...

    async def pause(self) -> None:
        """Wait until the whole parts that came are persisted; another stream goes on behind them."""
        ...


class RepeatedUpload:
    """A complete file is sent again, because its client never got the answer. Nothing is written."""

    is_complete = True

    def __init__(self, file: CompleteFile, offset: int) -> None:
        self._file = file
        self._position = offset

    @property
    def persisted_size(self) -> int:
        """All bytes of the file."""
        return self._file.size

    async def write(self, chunk: ReceivedChunk) -> None:
        """Skip a chunk."""
        check_chunk(chunk, self._position)
        if self._position + len(chunk.data) > self._file.size:
            raise FileAlreadyComplete("the file of this asset is complete, and files are never replaced")
        self._position += len(chunk.data)

    async def finish(self, crc32c: int | None) -> None:
        """Confirm that it is complete, if it is the same file."""
        check_end(self._position, self._file.size)
        if crc32c is not None and crc32c != self._file.crc32c:
            raise FileAlreadyComplete("the file of this asset is complete, and another one than this crc32c says")

    async def pause(self) -> None:
        """There is nothing to wait for."""
