"""Gives the proven bytes of a complete file."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import google_crc32c

from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.errors import BlobNotFound, FileNotComplete, OffsetOutOfRange, StoredFileCorrupt
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.layout import HEADER_SIZE, StoredSegment
from emo_grpc.assets.service_layer.ports import BlobReader, BlobStore, KeyRing, PartCipher, PartOpener
from emo_grpc.assets.service_layer.streams import Streams
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.chunk_frame import ChunkFrame
from emo_grpc.shared.domain.ids import UserId

READ_AHEAD: Final = 2
"""Segments of 1 MiB that a stream opens ahead of what it sends; none before the first, which they would delay."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Opens downloads; be one of `streams` while one is open.

    `reads_in_turn`: a stream has one worker at a time, for it waits for a network and others want to wait too; else it
    reads side by side, which is faster from a disk. All of a file's metadata is proven by its key, whose wrapping is
    bound to the manifest.
    """

    views: AssetViews
    blobs: BlobStore
    keys: KeyRing
    cipher: PartCipher
    workers: Executor
    reads_in_turn: bool = False
    streams: Streams = field(default_factory=Streams)

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
            engine=self,
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

    engine: Downloads
    owner_id: UserId
    asset_id: AssetId
    file: File
    content: StoredContent
    offset: int
    length: int
    key: bytes = field(repr=False)
    openers: dict[int, PartOpener] = field(default_factory=dict, repr=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def chunks(self) -> AsyncGenerator[ChunkFrame, None]:
        """The bytes, a segment at a time; none for an empty range.

        Raises StoredFileCorrupt before any byte that is not proven; AssetNotFound if the asset was deleted meanwhile.
        """
        try:
            async with aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except BlobNotFound:
            await self.engine.views.download(self.asset_id, self.owner_id)
            raise

    async def _chunks(self) -> AsyncGenerator[ChunkFrame, None]:
        loop = asyncio.get_running_loop()
        workers = self.engine.workers
        layout = self.content.manifest.layout
        key = self.content.blob_key
        reader = await loop.run_in_executor(workers, self.engine.blobs.open, key, layout, self.offset, self.length)
        running = 0
        try:
            async with aclosing(self._opened(reader)) as opened:
                async for chunk in opened:
                    running = google_crc32c.extend(running, chunk.data)
                    if chunk.data:  # an empty file has a segment to prove, and nothing to send
                        yield chunk
            self._check_whole(running)
        finally:
            await loop.run_in_executor(workers, reader.close)

    async def _opened(self, reader: BlobReader) -> AsyncGenerator[ChunkFrame, None]:
        ahead: deque[asyncio.Future[ChunkFrame]] = deque()
        taken = 0
        try:
            for segment in self.content.manifest.layout.segments(self.offset, self.length):
                ahead.append(self._begin(reader, segment))
                if len(ahead) > min(taken, READ_AHEAD):
                    yield await _first(ahead)
                    taken += 1
            while ahead:
                yield await _first(ahead)
        finally:
            # Whatever these found, the first error is the one to tell.
            await asyncio.gather(*ahead, return_exceptions=True)

    def _begin(self, reader: BlobReader, segment: StoredSegment) -> asyncio.Future[ChunkFrame]:
        if self.engine.reads_in_turn:
            return asyncio.create_task(self._open_in_turn(reader, segment))
        return asyncio.get_running_loop().run_in_executor(self.engine.workers, self._open, reader, segment)

    async def _open_in_turn(self, reader: BlobReader, segment: StoredSegment) -> ChunkFrame:
        async with self.turn:
            return await asyncio.get_running_loop().run_in_executor(self.engine.workers, self._open, reader, segment)

    def _open(self, reader: BlobReader, segment: StoredSegment) -> ChunkFrame:
        opener = self._opener(reader, segment.part)
        stored = reader.read(segment.part, segment.offset, segment.length)
        plaintext = opener.open(segment.index, segment.is_last, stored)
        if segment.take != len(plaintext):
            plaintext = plaintext[segment.skip : segment.skip + segment.take]
        return ChunkFrame(plaintext, google_crc32c.value(plaintext))

    def _opener(self, reader: BlobReader, part: int) -> PartOpener:
        # Two threads that meet here make the same opener twice, which costs less than a lock.
        opener = self.openers.get(part)
        if opener is None:
            header = reader.read(part, 0, HEADER_SIZE)
            opener = self.openers[part] = self.engine.cipher.opener(self.key, self.asset_id, part, header)
            self.openers.pop(part - 2, None)
        return opener

    def _check_whole(self, crc32c: int) -> None:
        manifest = self.content.manifest
        if self.length == manifest.size and crc32c != manifest.crc32c:
            raise StoredFileCorrupt("the file is not what its checksum says")


async def _first(ahead: deque[asyncio.Future[ChunkFrame]]) -> ChunkFrame:
    chunk = await asyncio.shield(ahead[0])
    ahead.popleft()
    return chunk
