"""Takes the bytes of one upload stream whose file is small."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from emo_grpc.assets.domain.commands import CompleteAtOnce
from emo_grpc.assets.domain.layout import is_small_file
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.service_layer.upload.bounds import check_chunk, check_end, check_room
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.seal_batch import SealBatch
from emo_grpc.assets.service_layer.upload.writer import UploadWriter
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.thread_work import run_to_end


def is_small(upload: OpenUpload) -> bool:
    """Whether an upload is one of a small file that has just begun."""
    return is_small_file(upload.declared_size) and upload.fence.generation == 1 and not upload.part_count


class SmallUpload:
    """Keeps all bytes until the end, and then stores them in one step: half the syncs, and one transaction for three.

    The last call is `finish`, `pause` or `abandon`. All bytes without an end are stored as those of larger files are.
    """

    is_complete = False

    def __init__(self, resources: UploadResources, owner_id: UserId, upload: OpenUpload) -> None:
        self._resources = resources
        self._owner_id = owner_id
        self._upload = upload
        self._crc32c = 0
        self._batch = SealBatch(resources.memory)
        self.persisted_size = 0

    async def write(self, chunk: ReceivedChunk) -> None:
        """Take a chunk."""
        check_chunk(chunk, self._batch.size)
        check_room(self._upload, self._batch.size + len(chunk.data))
        self._crc32c = chunk.behind(self._crc32c, chunk.data)
        self._batch.add(chunk.data)

    async def finish(self, crc32c: int | None) -> None:
        """Store the file as a whole."""
        upload, size = self._upload, self._batch.size
        check_end(size, upload.declared_size)
        if crc32c not in (None, self._crc32c):
            self._batch.drop()
            await self._resources.refuse_file(upload)
        part = self._resources.part(upload, 1, upload.declared_size)
        token = await run_to_end(self._batch.seal(partial(_stored, part), self._resources.threads))
        # Should this not come to the database, the file is one that nobody was told of, and goes with the upload.
        await self._resources.bus.handle(
            CompleteAtOnce(upload.asset_id, upload.fence, self._owner_id, upload.data_key, token, size, self._crc32c)
        )
        self.persisted_size = size

    async def pause(self) -> None:
        """Have all bytes persisted, if all have come."""
        if self._is_whole:
            await self._store_as_part()

    def abandon(self) -> asyncio.Task[None] | None:
        """End the stream. All bytes that came are still stored, in the background; fewer are dropped.

        Gives the task that does it, None if there is nothing to do. It holds bytes of the stream until it is done.
        """
        if self._is_whole:
            return self._resources.settle(self._settle())
        self._batch.drop()
        return None

    @property
    def _is_whole(self) -> bool:
        return self._batch.size == self._upload.declared_size

    async def _settle(self) -> None:
        with suppress(Exception):
            await self._store_as_part()

    async def _store_as_part(self) -> None:
        writer = UploadWriter(self._resources, self._owner_id, self._upload, 0)
        try:
            for piece in self._batch.take():
                await writer.write(ReceivedChunk.of(bytes(piece), None))
            await writer.pause()
        finally:
            writer.abandon()
        self.persisted_size = writer.persisted_size


def _stored(part: PartWriter, pieces: Sequence[bytes | memoryview]) -> str:
    """Encrypt it, and make it the object; gives the part's token. Blocking."""
    try:
        return part.seal(pieces, is_end=True).commit_whole()
    except BaseException:
        part.discard()
        raise
