"""Uploads what can be read only once, such as a pipe."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from emo_grpc.client.errors import SourceSpent
from emo_grpc.client.transfers.sources import CHUNK_BYTES

KEPT_BYTES: Final = 64 * 1024 * 1024
"""A server has received at most this much more than it has persisted: it holds two parts of 8 MiB, the connection less
than that, and the running checksum goes back by 8 MiB."""


class StreamSource:
    """An open handle that is read from where it is to its end; see ByteSource. One upload reads it.

    The last 64 MiB stay in memory, so that an upload goes on after an interruption. What lies before that can't be sent
    again: `read_from` then raises SourceSpent. The caller closes the handle.
    """

    def __init__(self, handle: int, name: str, kept_bytes: int = KEPT_BYTES) -> None:
        self._handle = handle
        self._name = name
        self._kept_bytes = kept_bytes
        self._kept: deque[bytes] = deque()
        self._first = self._end = 0
        self._is_over = False
        self._reading: asyncio.Future[bytes] | None = None

    @property
    def size_bytes(self) -> None:
        """See ByteSource."""

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource. Raises SourceSpent, OSError."""
        while True:
            if offset < self._first:
                raise SourceSpent(
                    f"the upload would have to go on at byte {offset} of {self._name}, of which only the last"
                    f" {self._end - self._first} bytes are kept; begin it again"
                )
            data = self._at(offset)
            if data:
                offset += len(data)
                yield data
            elif self._is_over:
                return
            else:
                await self._read()

    async def check_unchanged(self) -> None:
        """See ByteSource: nothing that was read can change."""

    def _at(self, offset: int) -> bytes:
        start = self._end
        for data in reversed(self._kept):
            start -= len(data)
            if offset >= start:
                return data[offset - start :]
        return b""

    async def _read(self) -> None:
        """Take in one chunk more; what is being read when this is cancelled comes with the next call."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_future()
            # No worker thread of the loop: its end would have to wait for a pipe on which nothing comes any more.
            threading.Thread(target=self._fill, args=(self._reading,), daemon=True).start()
        data = await asyncio.shield(self._reading)
        self._reading = None
        self._is_over = not data
        self._keep(data)

    def _keep(self, data: bytes) -> None:
        self._end += len(data)
        if self._kept and len(self._kept[-1]) + len(data) <= CHUNK_BYTES:
            data = self._kept.pop() + data  # a pipe may bring a few bytes at a time
        self._kept.append(data)
        while self._end - self._first - len(self._kept[0]) >= self._kept_bytes:
            self._first += len(self._kept.popleft())

    def _fill(self, future: "asyncio.Future[bytes]") -> None:
        loop = future.get_loop()
        try:
            outcome: bytes | OSError = os.read(self._handle, CHUNK_BYTES)
        except OSError as error:
            error.filename = self._name
            outcome = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(_settle, future, outcome)


def _settle(future: "asyncio.Future[bytes]", outcome: bytes | OSError) -> None:
    if future.done():
        return
    if isinstance(outcome, OSError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
