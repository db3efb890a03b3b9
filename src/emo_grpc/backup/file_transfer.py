"""Brings stored files from one store into another, sealed as they are."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.integrity.file_copy import FileCopy
from emo_grpc.assets.service_layer.ports import BlobReader, BlobStore
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.thread_work import on_thread

T = TypeVar("T")

THREADS: Final = 8
"""Two for each file that is copied at once: some of them wait for the network."""

AT_ONCE: Final = 4
"""Files. Each holds up to one stored part, most of them of 8 MiB."""


@dataclass(frozen=True, slots=True)
class FileTransfer:
    """Copies files between stores that name them by the same keys; a key's bytes never change.

    `advance` is called with plaintext bytes, whether they were copied or there already.
    """

    source: BlobStore
    target: BlobStore
    threads: Executor
    advance: Callable[[float], None]

    async def bring(self, content: StoredContent) -> bool:
        """Copy a file unless the target has it in its size; gives whether it did.

        Raises StoredFileCorrupt if the source does not give it whole, from Unavailable if it has it and can't read it;
        and what the target raises: Unavailable, StorageFull.
        """
        if await self._is_there(content):
            self.advance(content.manifest.size)
            return False
        await self.target.delete(content.blob_key)
        try:
            reader = await self._run(partial(self.source.open, content.blob_key, content.manifest.layout))
        except Unavailable as error:
            raise StoredFileCorrupt(error.message) from error
        try:
            await self._copy(content, reader)
        finally:
            await self._run(reader.close)
        return True

    async def _is_there(self, content: StoredContent) -> bool:
        layout = content.manifest.layout
        try:
            reader = await self._run(partial(self.target.open, content.blob_key, layout))
        except StoredFileCorrupt:
            return False
        try:
            await self._run(partial(_read_sizes, reader, layout))
        except StoredFileCorrupt:
            return False
        finally:
            await self._run(reader.close)
        return True

    async def _copy(self, content: StoredContent, reader: BlobReader) -> None:
        key, layout = content.blob_key, content.manifest.layout
        copied = await FileCopy(self.target, self.threads).copy(key, reader, layout, layout.part_count, self.advance)
        await self.target.complete(key, copied.upload_handle, copied.receipts)

    async def _run(self, work: Callable[[], T]) -> T:
        return await on_thread(work, self.threads)


def _read_sizes(reader: BlobReader, layout: FileLayout) -> None:
    for part in range(1, layout.part_count + 1):
        reader.read(part, 0, 0)
