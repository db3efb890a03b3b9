"""Brings the stored parts of a file into another store."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final

from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout
from emo_grpc.assets.service_layer.ports import BlobReader, BlobStore, PartReceipt
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.thread_work import on_thread

FIRST_GENERATION: Final = 1

OnCopied = Callable[[int], None]
"""Is told of plaintext bytes whose part is stored."""


@dataclass(frozen=True, slots=True)
class CopiedParts:
    """An upload that was begun in the other store, and what it has."""

    upload_handle: str
    receipts: tuple[PartReceipt, ...]


@dataclass(frozen=True, slots=True)
class FileCopy:
    """Puts sealed parts into `target` as they are: they are bound to their asset and number, not to a place.

    Copies one part of a file at a time, so it holds no more than one part; any number of files may be copied at once.
    """

    target: BlobStore
    threads: Executor

    async def copy(
        self, key: BlobKey, reader: BlobReader, layout: FileLayout, part_count: int, on_copied: OnCopied
    ) -> CopiedParts:
        """Put the first parts of a file into a new upload of the same key; one that fails leaves nothing behind.

        Cancelled while it begins, it may leave an upload without parts, which goes with the sweep of unknown ones.
        Raises StoredFileCorrupt when a part can't be read, for whatever reason, and what storing raises.
        """
        handle = await self.target.begin(key)
        receipts = []
        try:
            for number in range(1, part_count + 1):
                receipts.append(await self._run(reader, layout, key, handle, number))
                on_copied(layout.part_plaintext(number))
        except BaseException:
            await self.target.abort(key, handle)
            raise
        return CopiedParts(handle, tuple(receipts))

    async def _run(self, reader: BlobReader, layout: FileLayout, key: BlobKey, handle: str, number: int) -> PartReceipt:
        size = layout.stored_part_size(number)
        # To its end: a part that comes after the upload was aborted might stay for ever.
        return await on_thread(partial(self._copy_part, reader, size, key, handle, number), self.threads)

    def _copy_part(self, reader: BlobReader, size: int, key: BlobKey, handle: str, number: int) -> PartReceipt:
        sink = self.target.open_part(key, handle, number, FIRST_GENERATION)
        try:
            for offset in range(0, size, SEGMENT_SIZE):
                length = min(SEGMENT_SIZE, size - offset)
                sink.write(length, partial(_read_into, reader=reader, number=number, offset=offset, length=length))
            return PartReceipt(number, sink.commit())
        finally:
            sink.discard()


def _read_into(memory: memoryview, reader: BlobReader, number: int, offset: int, length: int) -> None:
    try:
        memory[:] = reader.read(number, offset, length)
    except Unavailable as error:
        raise StoredFileCorrupt(f"part {number} can't be read: {error.message}") from error
