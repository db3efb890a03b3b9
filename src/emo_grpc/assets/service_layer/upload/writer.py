"""Writes the bytes of one upload stream."""

import asyncio
from contextlib import suppress
from functools import partial

from emo_grpc.assets.domain.commands import CloseUpload, CompleteObject, CompleteUpload, RestartUpload
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.service_layer.ports import PartSink
from emo_grpc.assets.service_layer.upload.bounds import check_chunk, check_end, check_room
from emo_grpc.assets.service_layer.upload.part_pipeline import PartPipeline
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.seal_batch import SealBatch
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.ids import UserId


class UploadWriter:
    """Encrypts a part while its next bytes arrive, and stores it while the next part is encrypted.

    In memory are one batch that waits and one that is being encrypted; sealed bytes that are not durable yet are the
    store's. The last call is `finish`, `pause` or `abandon`.
    """

    is_complete = False

    def __init__(self, resources: UploadResources, owner_id: UserId, upload: OpenUpload, offset: int) -> None:
        self._resources = resources
        self._owner_id = owner_id
        self._upload = upload
        self._position = offset
        self._parts = upload.part_count
        self._crc32c = upload.crc32c
        self._pipeline = PartPipeline(resources, upload)
        self._is_closed = upload.is_closed
        self._part: PartWriter | None = None
        self._batch = SealBatch(resources.memory)
        self._sealing: asyncio.Future[PartSink] | None = None

    @property
    def persisted_size(self) -> int:
        """Plaintext bytes that are durable."""
        return self._pipeline.persisted_size

    async def write(self, chunk: ReceivedChunk) -> None:
        """Take a chunk."""
        check_chunk(chunk, self._position)
        end = self._position + len(chunk.data)
        check_room(self._upload, end)
        fresh = chunk.data[max(0, self._upload.persisted_size - self._position) :]
        self._position = end
        while fresh:
            fresh = await self._take(fresh, chunk)
        await self._pipeline.raise_failure()

    async def finish(self, crc32c: int | None) -> None:
        """Seal and store the rest, then make the file visible."""
        upload, bus = self._upload, self._resources.bus
        check_end(self._position, max(upload.declared_size, upload.persisted_size))
        part = self._part = self._part or (self._open_part() if self._parts == 0 else None)
        await self._check_file(crc32c)
        if part is not None:
            await self._store(part, is_last=True)
        await self._pipeline.flush()
        if not self._is_closed:
            await bus.handle(CloseUpload(upload.asset_id, upload.fence))
        await bus.handle(CompleteObject(upload.asset_id, upload.fence, tuple(self._pipeline.tokens)))
        await bus.handle(CompleteUpload(upload.asset_id, upload.fence, self._owner_id, upload.data_key))

    async def pause(self) -> None:
        """Wait for the whole parts; the beginning of another one is dropped."""
        await self._pipeline.flush()

    def abandon(self) -> asyncio.Task[None] | None:
        """End the stream. Whole parts that came are still stored, in the background; the rest is dropped.

        Gives the task that does it, None if there is nothing to do. It holds bytes of the stream until it is done.
        """
        self._batch.drop()
        if self._part is None and not self._pipeline.is_busy and not self._leaves_garbage:
            return None
        return self._resources.settle(self._settle())

    async def _take(self, data: bytes | memoryview, chunk: ReceivedChunk) -> bytes | memoryview:
        part = self._part = self._part or self._open_part()
        piece, rest = (data, b"") if len(data) <= part.room else (data[: part.room], data[part.room :])
        self._crc32c = chunk.behind(self._crc32c, piece)
        part.take(len(piece))
        self._batch.add(piece)
        if part.room == 0:
            await self._store(part, is_last=self._parts * self._upload.part_size >= self._upload.declared_size > 0)
        elif self._batch.is_full and not (self._is_sealing and self._batch.may_grow):
            await self._seal(part, is_end=False)
        return rest

    @property
    def _is_sealing(self) -> bool:
        return self._sealing is not None and not self._sealing.done()

    def _open_part(self) -> PartWriter:
        upload = self._upload
        self._parts += 1
        before = (self._parts - 1) * upload.part_size
        capacity = min(upload.part_size, upload.declared_size - before) if upload.declared_size else upload.part_size
        return self._resources.part(upload, self._parts, capacity)

    async def _seal(self, part: PartWriter, *, is_end: bool) -> asyncio.Future[PartSink]:
        await self._sealed()
        # Before a later writer's part, S3 may have to begin a multipart upload of its own (see adapters/s3/volumes.py).
        asks_store = self._upload.fence.generation > 1 and not part.is_open
        threads = self._resources.threads if asks_store else self._resources.sealers
        sealing = self._sealing = self._batch.seal(partial(part.seal, is_end=is_end), threads)
        return sealing

    async def _sealed(self) -> None:
        if self._sealing is not None:
            await asyncio.shield(self._sealing)

    async def _store(self, part: PartWriter, *, is_last: bool) -> None:
        sealing = await self._seal(part, is_end=True)
        self._part = None
        self._is_closed = is_last
        await self._pipeline.submit(part, sealing, crc32c=self._crc32c, is_last=is_last)

    async def _settle(self) -> None:
        if self._sealing is not None:
            with suppress(Exception):
                await self._sealing
        await self._pipeline.wait_until_idle()
        if self._part is not None:
            await self._resources.on_thread(self._part.discard)
        if self._leaves_garbage:
            await self._withdraw()

    @property
    def _leaves_garbage(self) -> bool:
        """Whether it may leave something that nothing needs: its parts, none of which counts, or its generation."""
        is_overtaking = self._reserves_nothing and self._upload.fence.generation > 1
        return not self._pipeline.may_count and (is_overtaking or self._parts > self._upload.part_count)

    @property
    def _reserves_nothing(self) -> bool:
        """Whether the upload counts nothing against a quota: no size was declared, and nothing is persisted."""
        return self._upload.persisted_size == self._upload.declared_size == 0

    async def _withdraw(self) -> None:
        upload, fence, blobs = self._upload, self._upload.fence, self._resources.blobs
        # S3 drops the parts of a first writer only with the whole upload, in which there is nothing else.
        with suppress(EmoError):
            if self._reserves_nothing:
                await self._resources.bus.handle(RestartUpload(upload.asset_id, fence))
                # The event of the restart does so too, but many more such streams may come before it is delivered.
                await blobs.abort(fence.blob_key, upload.upload_handle)
        with suppress(EmoError):  # what stays goes with the upload
            await blobs.withdraw(fence.blob_key, upload.upload_handle, fence.generation)

    async def _check_file(self, crc32c: int | None) -> None:
        if crc32c is not None and crc32c != self._crc32c:
            await self._pipeline.flush()
            await self._resources.refuse_file(self._upload)
