"""Makes the parts of one upload stream count."""

import asyncio
from collections import deque
from contextlib import suppress

from emo_grpc.assets.domain.commands import CheckpointUpload, UploadTicket
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter, SealedBytes
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.shared.service_layer.cancellation import run_to_end


class PartKeeper:
    """Stores several parts at a time, and checkpoints them in their order.

    An error of one is that of all behind it, and comes from every later call. `may_count`: whether any part counts, or
    nobody knows. `tokens` are those of the parts that count.
    """

    def __init__(self, resources: UploadResources, ticket: UploadTicket) -> None:
        self._resources = resources
        self._ticket = ticket
        self._under_way: deque[asyncio.Task[None]] = deque()
        self.persisted_size = ticket.persisted_size
        self.may_count = False
        self.tokens: list[str] = []

    @property
    def is_busy(self) -> bool:
        """Whether a part is under way."""
        return any(not task.done() for task in self._under_way)

    async def keep(self, part: PartWriter, sealing: asyncio.Future[SealedBytes], *, is_last: bool) -> None:
        """Begin with a part that is being sealed, and wait until there is room for another one behind it."""
        previous = self._under_way[-1] if self._under_way else None
        task = asyncio.create_task(self._keep(part, sealing, previous, is_last=is_last))
        self._resources.under_way += 1
        task.add_done_callback(self._ended)
        # Somebody may have stopped waiting for it, and then nobody asks how it ended.
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._under_way.append(task)
        # Nobody waits for another's parts, which may be held up by a slow client.
        while len(self._under_way) > self._resources.room:
            await self._first_kept()

    async def check(self) -> None:
        """Raise the error of what is done, if any."""
        while self._under_way and self._under_way[0].done():
            await self._first_kept()

    async def all_kept(self) -> None:
        """Wait until all count."""
        while self._under_way:
            await self._first_kept()

    async def settled(self) -> None:
        """Wait for the ends of all, whatever became of them."""
        for task in self._under_way:
            with suppress(Exception):
                await task

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._resources.under_way -= 1

    async def _first_kept(self) -> None:
        await asyncio.shield(self._under_way[0])
        self._under_way.popleft()

    async def _keep(
        self,
        part: PartWriter,
        sealing: asyncio.Future[SealedBytes],
        previous: asyncio.Task[None] | None,
        *,
        is_last: bool,
    ) -> None:
        try:
            sealed = await run_to_end(sealing)
            token = await self._resources.on_thread(sealed.sink.commit)
            if previous is not None:
                await previous
            await self._checkpoint(
                CheckpointUpload(
                    asset_id=self._ticket.asset_id,
                    fence=self._ticket.fence,
                    token=token,
                    size=part.size,
                    crc32c=sealed.crc32c,
                    is_last=is_last,
                )
            )
        except BaseException as error:
            # A refused part counts nowhere, so its bytes must not stay. Else the checkpoint may have come to pass.
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
    return isinstance(error, EmoError) and not isinstance(error, Unavailable)
