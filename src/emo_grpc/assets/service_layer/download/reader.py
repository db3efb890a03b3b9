"""Gives the proven bytes of a complete file."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import google_crc32c

from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.errors import BlobNotFound, FileNotComplete, OffsetOutOfRange, StoredFileCorrupt
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, StoredSegment
from emo_grpc.assets.service_layer.checksums import crc32c_of_both
from emo_grpc.assets.service_layer.download.segment_queue import Opened, SegmentQueue
from emo_grpc.assets.service_layer.encryption import KeyRing, PartCipher
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.segment_opener import SegmentOpener
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.assets.service_layer.transfer_slots import TransferSlots
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.chunk_frame import ChunkFrame
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.thread_work import on_thread

COPIES: Final = 2 * SEGMENT_SIZE
"""Bytes of a message under way: our serialized copy, and that of gRPC until the client has taken all of it."""

SMALL_CHUNK: Final = 256 << 10
"""Plaintext bytes of a chunk where there is no memory for copies of a whole segment."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Opens downloads.

    `reads_serially`: a stream reads one segment at a time, because each read keeps a thread waiting for the network;
    else it reads several in parallel, which is faster from a disk. What the record says of a file is proven by its
    wrapped key, which opens only together with the manifest.
    """

    views: AssetViews
    blobs: BlobStore
    keys: KeyRing
    cipher: PartCipher
    threads: Executor
    reads_serially: bool = False
    slots: TransferSlots = field(default_factory=TransferSlots)
    memory: TransferMemory = field(default_factory=TransferMemory)

    async def open(self, owner_id: UserId, asset_id: AssetId, offset: int, length: int) -> "Download":
        """Begin a download of plaintext bytes; `length` 0 or beyond the end = to the end.

        Raises AssetNotFound, FileNotComplete, OffsetOutOfRange, StoredFileCorrupt.
        """
        view = await self.views.download(asset_id, owner_id)
        if view.content is None:
            raise FileNotComplete("the file of this asset is not complete yet")
        # The key proves the manifest, so nothing is said of the file before it is unwrapped.
        manifest = view.content.manifest
        key = self.keys.unwrap(view.content.wrapped_key, asset_id, manifest)
        if (view.file.size_bytes, view.file.crc32c) != (manifest.size, manifest.crc32c):
            raise StoredFileCorrupt("what is known of the file was changed")
        if offset > manifest.size:
            raise OffsetOutOfRange(f"the file has {manifest.size} bytes", metadata={"size_bytes": str(manifest.size)})
        rest = manifest.size - offset
        return Download(
            downloads=self,
            owner_id=owner_id,
            asset_id=asset_id,
            file=view.file,
            content=view.content,
            offset=offset,
            length=min(length or rest, rest),
            key=key,
        )


@dataclass(slots=True, kw_only=True)
class Download:
    """One download stream: `offset` and `length` are those of its plaintext bytes."""

    downloads: Downloads
    owner_id: UserId
    asset_id: AssetId
    file: File
    content: StoredContent
    offset: int
    length: int
    key: bytes = field(repr=False)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def chunks(self) -> AsyncGenerator[ChunkFrame, None]:
        """The bytes, a segment at a time, or in smaller chunks where memory is short; none for an empty range.

        Raises StoredFileCorrupt before any byte that is not proven; AssetNotFound if the asset was deleted meanwhile.
        """
        try:
            async with aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except BlobNotFound:
            await self.downloads.views.download(self.asset_id, self.owner_id)
            raise

    async def _chunks(self) -> AsyncGenerator[ChunkFrame, None]:
        loop = asyncio.get_running_loop()
        threads = self.downloads.threads
        layout = self.content.manifest.layout
        key = self.content.blob_key
        reader = await loop.run_in_executor(threads, self.downloads.blobs.open, key, layout, self.offset, self.length)
        opener = SegmentOpener(self.downloads.cipher, self.key, self.asset_id, reader)
        running = 0
        try:
            queue = SegmentQueue(self.downloads.memory, self.owner_id, partial(self._begin, opener))
            async with aclosing(queue.opened(layout.segments(self.offset, self.length))) as opened:
                async for segment in opened:
                    running = crc32c_of_both(running, segment.crc32c or 0, len(segment.data))
                    with closing(self._cut(segment)) as chunks:
                        for chunk in chunks:
                            yield chunk
            self._check_whole(running)
        finally:
            await on_thread(reader.close, threads)

    def _cut(self, segment: ChunkFrame) -> Generator[ChunkFrame, None, None]:
        """The chunks of a segment: one, as long as there is memory for its copies. It holds that until it is sent."""
        memory, data = self.downloads.memory, segment.data
        if not memory.take(COPIES, self.owner_id):
            for start in range(0, len(data), SMALL_CHUNK):
                piece = data[start : start + SMALL_CHUNK]
                yield ChunkFrame(piece, google_crc32c.value(piece))
            return
        try:
            if data:  # an empty file has a segment to prove, and nothing to send
                yield segment
        finally:
            memory.give_back(COPIES, self.owner_id)

    def _begin(self, opener: SegmentOpener, segments: Sequence[StoredSegment]) -> asyncio.Future[Opened]:
        if self.downloads.reads_serially:
            return asyncio.create_task(self._open_serially(opener, segments))
        return asyncio.get_running_loop().run_in_executor(self.downloads.threads, self._open_all, opener, segments)

    async def _open_serially(self, opener: SegmentOpener, segments: Sequence[StoredSegment]) -> Opened:
        async with self.reading:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.downloads.threads, self._open_all, opener, segments)

    def _open_all(self, opener: SegmentOpener, segments: Sequence[StoredSegment]) -> Opened:
        chunks: deque[ChunkFrame] = deque()
        try:
            for segment in segments:
                chunks.append(self._open(opener, segment))
        except EmoError as error:
            return Opened(chunks, error)
        return Opened(chunks)

    def _open(self, opener: SegmentOpener, segment: StoredSegment) -> ChunkFrame:
        plaintext = opener.open(segment)
        if segment.take != len(plaintext):
            plaintext = plaintext[segment.skip : segment.skip + segment.take]
        return ChunkFrame(plaintext, google_crc32c.value(plaintext))

    def _check_whole(self, crc32c: int) -> None:
        manifest = self.content.manifest
        if self.length == manifest.size and crc32c != manifest.crc32c:
            raise StoredFileCorrupt("the file is not what its checksum says")
