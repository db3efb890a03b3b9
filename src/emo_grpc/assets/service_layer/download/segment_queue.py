"""The segments of a download that are opened ahead of the one that is sent."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from emo_grpc.assets.domain.layout import SEGMENT_SIZE, StoredSegment
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.chunk_frame import ChunkFrame
from emo_grpc.shared.domain.ids import UserId

READ_AHEAD: Final = 2
"""Segments of 1 MiB that a stream opens ahead of what it sends; none before the first, which they would delay."""

Begin = Callable[[StoredSegment], asyncio.Future[ChunkFrame]]
"""Begins to open a segment."""


@dataclass(slots=True)
class SegmentQueue:
    """Opens segments in order: some ahead while there is memory for them, else one after the other.

    `taken`: bytes of `memory` that those ahead hold.
    """

    memory: TransferMemory
    user_id: UserId
    begin: Begin
    ahead: deque[asyncio.Future[ChunkFrame]] = field(default_factory=deque)
    taken: int = 0

    async def opened(self, segments: Iterable[StoredSegment]) -> AsyncGenerator[ChunkFrame, None]:
        """Give them one after the other."""
        sent = 0
        try:
            for segment in segments:
                while self.ahead and not self._may_add(sent):
                    yield await self._first()
                    sent += 1
                    self._give_back(min(self.taken, SEGMENT_SIZE))
                self.ahead.append(self.begin(segment))
            while self.ahead:
                yield await self._first()
                self._give_back(min(self.taken, SEGMENT_SIZE))
        finally:
            try:
                # Whatever these found, the first error is the one to tell.
                await asyncio.gather(*self.ahead, return_exceptions=True)
            finally:  # a session may end first, and then the client goes away too
                self._give_back(self.taken)

    def _may_add(self, sent: int) -> bool:
        if len(self.ahead) > min(sent, READ_AHEAD) or not self.memory.take(SEGMENT_SIZE, self.user_id):
            return False
        self.taken += SEGMENT_SIZE
        return True

    async def _first(self) -> ChunkFrame:
        chunk = await asyncio.shield(self.ahead[0])
        self.ahead.popleft()
        return chunk

    def _give_back(self, size: int) -> None:
        self.taken -= size
        self.memory.give_back(size, self.user_id)
