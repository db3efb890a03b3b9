"""Takes the bytes of one upload stream."""

import asyncio
from contextlib import suppress
from functools import partial

import google_crc32c

from emo_grpc.assets.domain.commands import (
    CloseUpload,
    CompleteUpload,
    RestartUpload,
    UploadTicket,
)
from emo_grpc.assets.domain.errors import (
    ChunkChecksumMismatch,
    FileAlreadyComplete,
    FileChecksumMismatch,
)
from emo_grpc.assets.service_layer.upload.bounds import check_end, check_room
from emo_grpc.assets.service_layer.upload.part_keeper import PartKeeper
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter, SealedBytes
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.seal_batch import SealBatch
from emo_grpc.shared.domain.errors import EmoError


class UploadWriter:
    """Seals a part while the next bytes arrive, and stores it while the next part is sealed.

    At any moment it holds one batch that waits and one that is being sealed; what is being made durable is the store's.
    Ends with `finish`, `pause` or `abandon`.
    """

    def __init__(self, resources: UploadResources, ticket: UploadTicket, offset: int) -> None:
        self._resources = resources
        self._ticket = ticket
        self._position = offset
        self._parts = ticket.part_count
        self._crc32c = ticket.crc32c
        self._keeper = PartKeeper(resources, ticket)
        self._is_closed = ticket.is_closed
        self._part: PartWriter | None = None
        self._batch = SealBatch(resources)
        self._sealing: asyncio.Future[SealedBytes] | None = None

    @property
    def persisted_size(self) -> int:
        """Plaintext bytes that are durable."""
        return self._keeper.persisted_size

    @property
    def is_complete(self) -> bool:
        """Whether the file was complete when this stream began."""
        return self._ticket.is_complete

    async def write(self, data: bytes, crc32c: int | None) -> None:
        """Take a chunk. Bytes that are persisted already are skipped.

        Raises ChunkChecksumMismatch, SizeMismatch, FileAlreadyComplete, and whatever went wrong with earlier bytes.
        """
        if crc32c is not None and google_crc32c.value(data) != crc32c:
            raise ChunkChecksumMismatch("a chunk is not what its crc32c says", metadata={"offset": str(self._position)})
        end = self._position + len(data)
        check_room(self._ticket, end)
        fresh = data[max(0, self._ticket.persisted_size - self._position) :]
        self._position = end
        while fresh:
            fresh = await self._take(fresh)
        await self._keeper.check()

    async def finish(self, crc32c: int | None) -> None:
        """All bytes have come: make the file visible.

        Raises SizeMismatch (the upload stays resumable), FileChecksumMismatch (it starts over), UploadSuperseded, and
        FileAlreadyComplete if the file that is in is another one.
        """
        check_end(self._ticket, self._position)
        if self._ticket.is_complete:
            return self._check_complete(crc32c)
        part = self._part = self._part or (self._open_part() if self._parts == 0 else None)
        if part is not None and self._batch.size:
            await self._seal(part, is_end=False)
        await self._check_file(crc32c)
        if part is not None:
            await self._store(part, is_last=True)
        await self._keeper.all_kept()
        if not self._is_closed:
            await self._resources.bus.handle(CloseUpload(self._ticket.asset_id, self._ticket.fence))
        await self._resources.bus.handle(
            CompleteUpload(self._ticket.asset_id, self._ticket.fence, self._ticket.data_key, tuple(self._keeper.tokens))
        )
        return None

    async def pause(self) -> None:
        """No more bytes come for now: keep the whole parts."""
        await self._keeper.all_kept()

    def abandon(self) -> asyncio.Task[None] | None:
        """The stream is over. Whole parts that came are still stored, in the background; the rest is dropped.

        Gives the task of that, if there is anything to do: until it is done, bytes of the stream are held.
        """
        self._batch.drop()
        if self._part is None and not self._keeper.is_busy and not self._is_in_vain:
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
        # A store may have to be asked for a place for what a later writer brings.
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
        await self._keeper.keep(part, sealing, is_last=is_last)

    async def _settle(self) -> None:
        if self._sealing is not None:
            with suppress(Exception):
                await self._sealing
        await self._keeper.settled()
        if self._part is not None:
            await self._resources.on_thread(self._part.discard)
        if self._is_in_vain:
            await self._withdraw()

    @property
    def _is_in_vain(self) -> bool:
        is_overtaking = self._is_unpaid and self._ticket.fence.generation > 1
        return not self._keeper.may_count and (is_overtaking or self._parts > self._ticket.part_count)

    @property
    def _is_unpaid(self) -> bool:
        """Whether no quota was asked for this upload so far."""
        return not self._ticket.is_complete and self._ticket.persisted_size == self._ticket.declared_size == 0

    async def _withdraw(self) -> None:
        ticket, fence, blobs = self._ticket, self._ticket.fence, self._resources.blobs
        # Some stores drop the parts of a first writer only with its upload, which has nothing else.
        with suppress(EmoError):
            if self._is_unpaid:
                await self._resources.bus.handle(RestartUpload(ticket.asset_id, fence))
                # The event does so too, but perhaps after many more such streams.
                await blobs.abort(fence.blob_key, ticket.upload_handle)
        with suppress(EmoError):  # what stays goes with the upload
            await blobs.withdraw(fence.blob_key, ticket.upload_handle, fence.generation)

    def _check_complete(self, crc32c: int | None) -> None:
        if crc32c is not None and crc32c != self._crc32c:
            raise FileAlreadyComplete("the file of this asset is complete, and another one than this crc32c says")

    async def _check_file(self, crc32c: int | None) -> None:
        await self._sealed()
        if crc32c is not None and crc32c != self._crc32c:
            await self._keeper.all_kept()
            await self._resources.bus.handle(RestartUpload(self._ticket.asset_id, self._ticket.fence))
            raise FileChecksumMismatch("the file is not what its crc32c says; upload it again from the start")
