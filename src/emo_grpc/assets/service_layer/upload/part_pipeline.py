"""Brings the parts of one upload stream from encryption to their checkpoints."""

import asyncio
from collections import deque
from contextlib import suppress

from emo_grpc.assets.domain.commands import CheckpointUpload
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.service_layer.ports import PartSink
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.thread_work import run_to_end


class PartPipeline:
    """Stores several parts at the same time, and checkpoints them in their order.

    When a part fails, all behind it fail with its error, and so does every later call. `persisted_size`: plaintext
    bytes up to the last checkpoint. `may_count`: whether a part of this stream has a checkpoint, or may have one,
    because the database did not answer. `tokens`: those of the receipts of its parts that have one.
    """

    def __init__(self, resources: UploadResources, upload: OpenUpload) -> None:
        self._resources = resources
        self._upload = upload
        self._under_way: deque[asyncio.Task[None]] = deque()
        self.persisted_size = upload.persisted_size
        self.may_count = False
        self.tokens: list[str] = []

    @property
    def is_busy(self) -> bool:
        """Whether a part is still being stored."""
        return any(not task.done() for task in self._under_way)

    async def submit(self, part: PartWriter, sealing: asyncio.Future[PartSink], *, crc32c: int, is_last: bool) -> None:
        """Store a part once it is sealed, in the background. Waits until another one may be submitted.

        `crc32c` is the CRC-32C of the file up to its end.
        """
        previous = self._under_way[-1] if self._under_way else None
        task = asyncio.create_task(self._store(part, sealing, previous, crc32c=crc32c, is_last=is_last))
        self._resources.parts.add(task)
        # asyncio warns of an error that nobody asked for, and a stream that ended before does not ask.
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._under_way.append(task)
        # For this stream's own parts: those of another one may be held up by a slow client.
        while len(self._under_way) > self._resources.parts.room:
            await self._wait_for_first()

    async def raise_failure(self) -> None:
        """Raise the error of a part that has failed so far, if any."""
        while self._under_way and self._under_way[0].done():
            await self._wait_for_first()

    async def flush(self) -> None:
        """Wait until all have their checkpoints; raises the error of the first that fails."""
        while self._under_way:
            await self._wait_for_first()

    async def wait_until_idle(self) -> None:
        """Wait until no part is being stored any more; raises nothing."""
        for task in self._under_way:
            with suppress(Exception):
                await task

    async def _wait_for_first(self) -> None:
        await asyncio.shield(self._under_way[0])
        self._under_way.popleft()

    async def _store(
        self,
        part: PartWriter,
        sealing: asyncio.Future[PartSink],
        previous: asyncio.Task[None] | None,
        *,
        crc32c: int,
        is_last: bool,
    ) -> None:
        try:
            sink = await run_to_end(sealing)
            token = await self._resources.on_thread(sink.commit)
            if previous is not None:
                await previous
            await self._checkpoint(
                CheckpointUpload(
                    asset_id=self._upload.asset_id,
                    fence=self._upload.fence,
                    token=token,
                    size=part.size,
                    crc32c=crc32c,
                    is_last=is_last,
                )
            )
        except BaseException as error:
            # A part that was refused has no checkpoint, so its bytes go, committed or not. After any other error it may
            # have one, so only what was not committed goes.
            await self._resources.on_thread(part.withdraw if _is_refusal(error) else part.discard)
            raise
        self.persisted_size += part.size
        self.tokens.append(token)

    async def _checkpoint(self, command: CheckpointUpload) -> None:
        before, self.may_count = self.may_count, True
        try:
            await self._resources.bus.handle(command)
        except EmoError as error:
            if _is_refusal(error):
                self.may_count = before
            raise


def _is_refusal(error: BaseException) -> bool:
    """Whether it says for sure that nothing was stored."""
    return isinstance(error, EmoError) and not isinstance(error, Unavailable)
