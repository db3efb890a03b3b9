"""The segments of a download that are opened ahead of the one that is sent."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from emo_grpc.assets.domain.layout import SEGMENT_SIZE, StoredSegment
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.chunk_frame import ChunkFrame
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.thread_work import run_to_end

READ_AHEAD: Final = 2
"""Segments of 1 MiB that a stream opens ahead of those it sends; none before the first, which they would delay."""

TOGETHER: Final = 2
"""Segments that a thread opens at a time, where memory is ample: each hand-over wakes two threads."""

READ_AHEAD_IN_AMPLE_MEMORY: Final = 2 * TOGETHER
"""So that two threads read and decrypt for a stream: one of them would wait for the disk, or for the other's work."""


class Opened(NamedTuple):
    """Segments that were opened together: the chunks of all, or of those before a `failure`."""

    chunks: deque[ChunkFrame]
    failure: Exception | None = None


Begin = Callable[[Sequence[StoredSegment]], asyncio.Future[Opened]]
"""Begins to open segments."""


@dataclass(slots=True)
class SegmentQueue:
    """Opens segments in order: some ahead while there is memory for them, else one after the other.

    `under_way`: segments that were begun and are not sent yet. All but one count in `memory`, `taken` bytes together:
    each stream needs one.
    """

    memory: TransferMemory
    user_id: UserId
    begin: Begin
    opening: deque[asyncio.Future[Opened]] = field(default_factory=deque)
    under_way: int = 0
    taken: int = 0

    async def opened(self, segments: Iterable[StoredSegment]) -> AsyncGenerator[ChunkFrame, None]:
        """Give them one after the other. An error comes in the place of the segment that has it."""
        rest = iter(segments)
        try:
            self._begin(rest, 1)
            while self.opening:
                chunks, failure = await asyncio.shield(self.opening[0])
                self.opening.popleft()
                while chunks:
                    yield chunks.popleft()
                    self._sent()
                if failure is not None:
                    raise failure
                self._read_ahead(rest)
        finally:
            try:
                # Whatever these found, the first error is the one to tell.
                await run_to_end(asyncio.gather(*self.opening, return_exceptions=True))
            finally:
                self._give_back(self.taken)

    def _read_ahead(self, rest: Iterator[StoredSegment]) -> None:
        while True:
            most, together = (READ_AHEAD_IN_AMPLE_MEMORY, TOGETHER) if self.memory.is_ample else (READ_AHEAD, 1)
            if self.under_way > most or not self._begin(rest, together):
                return

    def _begin(self, rest: Iterator[StoredSegment], count: int) -> bool:
        """Begin to open the next ones; gives whether there were any, and memory for them."""
        if not self._take(count):
            if self.under_way:
                return False
            count = 1
        segments = list(islice(rest, count))
        if segments:
            self.under_way += len(segments)
            self.opening.append(self.begin(segments))
        self._let_go()
        return bool(segments)

    def _take(self, count: int) -> bool:
        size = _counted(self.under_way + count) - self.taken
        if size and not self.memory.take(size, self.user_id):
            return False
        self.taken += size
        return True

    def _sent(self) -> None:
        self.under_way -= 1
        self._let_go()

    def _let_go(self) -> None:
        """Give back what is taken beyond what is under way."""
        self._give_back(self.taken - _counted(self.under_way))

    def _give_back(self, size: int) -> None:
        self.taken -= size
        self.memory.give_back(size, self.user_id)


def _counted(segments: int) -> int:
    return max(0, segments - 1) * SEGMENT_SIZE
