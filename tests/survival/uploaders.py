"""Many uploads at the same time, and how they fare when a server dies."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from random import Random

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.client import EmoClient, Progress
from survival.load import FILE_NAME, PASSWORD, Dripping
from survival.scale import SCALE

MIB = 1 << 20
PART = 8 * MIB
UPLOADS = 20
PARTS = 5 if SCALE.is_long else 2
SIZE = PARTS * PART + 7 * MIB
NOISE = Random(51).randbytes(SIZE + UPLOADS)
PAUSE = 0.02
"""Seconds between two MiB of a file."""

CRASH_AT = 0.8
"""The share of all bytes that were sent by then: each file has a part that is persisted, and one that is not.

The server is about 4 MiB of each file behind what was sent: so much is encrypted and written at once.
"""


@dataclass
class Uploader:
    """One file on its way.

    `done`: bytes sent so far. `starts`: from which bytes it went. `resumed`: when it last went on after it was broken
    off, by time.monotonic, 0 = never; `again`: bytes that it had to send twice.
    """

    number: int
    done: int = 0
    starts: list[int] = field(default_factory=list)
    resumed: float = 0.0
    again: int = 0
    asset_id: str = ""

    @property
    def data(self) -> bytes:
        return NOISE[self.number : self.number + SIZE]

    def start(self, offset: int) -> None:
        """Take note of an attempt."""
        if self.starts:
            self.resumed = time.monotonic()
            self.again += self.done - offset
        self.starts.append(offset)


class WatchedSource(Dripping):
    """The file of one of them."""

    def __init__(self, uploader: Uploader) -> None:
        super().__init__(uploader.data, PAUSE)
        self._uploader = uploader

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource."""
        self._uploader.start(offset)
        async with aclosing(super().read_from(offset)) as pieces:
            async for piece in pieces:
                yield piece


class Uploaders:
    """All of them, over one client."""

    def __init__(self, client: EmoClient) -> None:
        self.client = client
        self.all = [Uploader(number) for number in range(UPLOADS)]
        self._is_in_the_middle = asyncio.Event()

    @property
    def interrupted(self) -> list[Uploader]:
        """Those that had to go on."""
        return [each for each in self.all if each.resumed]

    async def run(self, crash: Callable[[], None]) -> float:
        """Upload everything, with a crash in the middle; gives the seconds from there until the last one went on."""
        await self.client.users.register("ann", "ann@example.org", PASSWORD)
        await self.client.login("ann", PASSWORD)
        uploads = [asyncio.create_task(self._upload(each)) for each in self.all]
        await self._is_in_the_middle.wait()
        crashed = time.monotonic()
        crash()
        await asyncio.gather(*uploads)
        return max(each.resumed for each in self.all) - crashed

    async def damaged(self) -> list[int]:
        """The numbers of files that are not what was sent."""
        return [each.number for each in self.all if await self._downloaded(each) != each.data]

    async def _upload(self, uploader: Uploader) -> None:
        asset = pb.Asset(title="film", file=FILE_NAME)
        sent = await self.client.upload(WatchedSource(uploader), asset, on_progress=partial(self._see, uploader))
        uploader.asset_id = sent.asset_id

    def _see(self, uploader: Uploader, progress: Progress) -> None:
        uploader.done = progress.done
        if sum(each.done for each in self.all) >= CRASH_AT * UPLOADS * SIZE:
            self._is_in_the_middle.set()

    async def _downloaded(self, uploader: Uploader) -> bytes:
        async with aclosing(self.client.download_chunks(uploader.asset_id)) as pieces:
            return b"".join([piece async for piece in pieces])
