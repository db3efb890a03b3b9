"""Writes the bytes of one upload stream."""

import asyncio
from contextlib import suppress
from functools import partial

import google_crc32c

from emo_grpc.assets.domain.commands import CloseUpload, CompleteUpload, RestartUpload, UploadTicket
from emo_grpc.assets.domain.errors import ChunkChecksumMismatch, FileAlreadyComplete, FileChecksumMismatch
from emo_grpc.assets.service_layer.upload.bounds import check_end, check_room
from emo_grpc.assets.service_layer.upload.part_pipeline import PartPipeline
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter, SealedBytes
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.seal_batch import SealBatch
from emo_grpc.shared.domain.errors import EmoError


class UploadWriter:
    """Encrypts a part while its next bytes arrive, and stores it while the next part is encrypted.

    In memory are one batch that waits and one that is being encrypted; sealed bytes that are not durable yet are the
    store's. The last call is `finish`, `pause` or `abandon`.
    """

    def __init__(self, resources: UploadResources, ticket: UploadTicket, offset: int) -> None:
        self._resources = resources
        self._ticket = ticket
        self._position = offset
        self._parts = ticket.part_count
        self._crc32c = ticket.crc32c
        self._pipeline = PartPipeline(resources, ticket)
        self._is_closed = ticket.is_closed
        self._part: PartWriter | None = None
        self._batch = SealBatch(resources)
        self._sealing: asyncio.Future[SealedBytes] | None = None

    @property
    def persisted_size(self) -> int:
        """Plaintext bytes that are durable."""
        return self._pipeline.persisted_size

    @property
    def is_complete(self) -> bool:
        """Whether the file was complete when this stream began."""
        return self._ticket.is_complete

    async def write(self, data: bytes, crc32c: int | None) -> None:
        """Take a chunk. Bytes that are persisted already are skipped.

        Raises ChunkChecksumMismatch, SizeMismatch, FileAlreadyComplete, and the errors of earlier parts.
        """
        if crc32c is not None and google_crc32c.value(data) != crc32c:
            raise ChunkChecksumMismatch("a chunk is not what its crc32c says", metadata={"offset": str(self._position)})
        end = self._position + len(data)
        check_room(self._ticket, end)
        fresh = data[max(0, self._ticket.persisted_size - self._position) :]
        self._position = end
        while fresh:
            fresh = await self._take(fresh)
        await self._pipeline.raise_failure()

    async def finish(self, crc32c: int | None) -> None:
        """All bytes have come: make the file visible.

        Raises SizeMismatch (the upload stays resumable), FileChecksumMismatch (it starts over), UploadSuperseded, and
        FileAlreadyComplete if the file that is in is another one.
        """
        ticket = self._ticket
        check_end(ticket, self._position)
        if ticket.is_complete:
            return self._check_complete(crc32c)
        part = self._part = self._part or (self._open_part() if self._parts == 0 else None)
        if part is not None and self._batch.size:
            await self._seal(part, is_end=False)
        await self._check_file(crc32c)
        if part is not None:
            await self._store(part, is_last=True)
        await self._pipeline.flush()
        if not self._is_closed:
            await self._resources.bus.handle(CloseUpload(ticket.asset_id, ticket.fence))
        tokens = tuple(self._pipeline.tokens)
        await self._resources.bus.handle(CompleteUpload(ticket.asset_id, ticket.fence, ticket.data_key, tokens))
        return None

    async def pause(self) -> None:
        """Wait until the whole parts that came are persisted; another stream goes on behind them."""
        await self._pipeline.flush()

    def abandon(self) -> asyncio.Task[None] | None:
        """End the stream. Whole parts that came are still stored, in the background; the rest is dropped.

        Gives the task that does it, None if there is nothing to do. It holds bytes of the stream until it is done.
        """
        self._batch.drop()
        if self._part is None and not self._pipeline.is_busy and not self._leaves_garbage:
            return None
        return self._resources.settle(self._settle())

    async def _take(self, data: bytes) -> bytes:
        part = self._part = self._part or self._open_part()
        piece, rest = (data, b"") if len(data) <= part.room else (data[: part.room], data[part.room :])
        part.take(len(piece))
        self._batch.add(piece)
        if part.room == 0:
            await self._store(part, is_last=self._parts * self._ticket.part_size >= self._ticket.declared_size > 0)
        elif self._batch.is_full and not (self._is_sealing and self._batch.may_grow):
            await self._seal(part, is_end=False)
        return rest

    @property
    def _is_sealing(self) -> bool:
        return self._sealing is not None and not self._sealing.done()

    def _open_part(self) -> PartWriter:
        ticket = self._ticket
        self._parts += 1
        before = (self._parts - 1) * ticket.part_size
        capacity = min(ticket.part_size, ticket.declared_size - before) if ticket.declared_size else ticket.part_size
        return PartWriter(
            capacity,
            self._resources.cipher.sealer(ticket.data_key, ticket.asset_id, self._parts, capacity),
            partial(
                self._resources.blobs.open_part,
                ticket.fence.blob_key,
                ticket.upload_handle,
                self._parts,
                ticket.fence.generation,
            ),
        )

    async def _seal(self, part: PartWriter, *, is_end: bool) -> asyncio.Future[SealedBytes]:
        await self._sealed()
        pieces, size = self._batch.take()
        job = partial(part.seal, pieces, self._crc32c, is_end=is_end)
        # Before a later writer's part, S3 may have to begin a multipart upload of its own (see adapters/s3/volumes.py).
        asks_store = self._ticket.fence.generation > 1 and not part.is_open
        sealing = self._sealing = self._resources.seal(job, size, asks_store=asks_store)
        return sealing

    async def _sealed(self) -> None:
        if self._sealing is not None:
            self._crc32c = (await asyncio.shield(self._sealing)).crc32c

    async def _store(self, part: PartWriter, *, is_last: bool) -> None:
        sealing = await self._seal(part, is_end=True)
        self._part = None
        self._is_closed = is_last
        await self._pipeline.submit(part, sealing, is_last=is_last)

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
        is_overtaking = self._reserves_nothing and self._ticket.fence.generation > 1
        return not self._pipeline.may_count and (is_overtaking or self._parts > self._ticket.part_count)

    @property
    def _reserves_nothing(self) -> bool:
        """Whether the upload counts nothing against a quota: no size was declared, and nothing is persisted."""
        return not self._ticket.is_complete and self._ticket.persisted_size == self._ticket.declared_size == 0

    async def _withdraw(self) -> None:
        ticket, fence, blobs = self._ticket, self._ticket.fence, self._resources.blobs
        # S3 drops the parts of a first writer only with the whole upload, in which there is nothing else.
        with suppress(EmoError):
            if self._reserves_nothing:
                await self._resources.bus.handle(RestartUpload(ticket.asset_id, fence))
                # The event of the restart does so too, but many more such streams may come before it is delivered.
                await blobs.abort(fence.blob_key, ticket.upload_handle)
        with suppress(EmoError):  # what stays goes with the upload
            await blobs.withdraw(fence.blob_key, ticket.upload_handle, fence.generation)

    def _check_complete(self, crc32c: int | None) -> None:
        if crc32c is not None and crc32c != self._crc32c:
            raise FileAlreadyComplete("the file of this asset is complete, and another one than this crc32c says")

    async def _check_file(self, crc32c: int | None) -> None:
        await self._sealed()
        if crc32c is not None and crc32c != self._crc32c:
            await self._pipeline.flush()
            await self._resources.bus.handle(RestartUpload(self._ticket.asset_id, self._ticket.fence))
            raise FileChecksumMismatch("the file is not what its crc32c says; upload it again from the start")
