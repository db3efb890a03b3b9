"""Reads a stream of messages, not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Generic, TypeVar

from emo_grpc.assets.domain.errors import UploadStalled
from emo_grpc.shared.domain.call_errors import ServerDraining
from emo_grpc.shared.service_layer.drain import Drain

Message = TypeVar("Message")

MAX_SILENCE_SECONDS: Final = 60.0


class MessageReader(Generic[Message]):
    """Gives the messages; raises UploadStalled after too long a silence, and ServerDraining when the server ends.

    Waiting adds up until `progressed` is called, so messages that bring nothing do not buy time.
    """

    def __init__(self, messages: AsyncIterator[Message], drain: Drain, max_silence: float) -> None:
        self._messages = messages
        self._drain = drain
        self._max_silence = max_silence
        self._remaining = max_silence
        self._waiting: asyncio.Timeout | None = None

    async def read(self) -> Message | None:
        """The next message, or None after the last."""
        self._check_drain()
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            async with asyncio.timeout(self._remaining) as self._waiting:
                return await anext(self._messages, None)
        except TimeoutError:
            self._check_drain()
            raise UploadStalled(f"the stream sent no bytes for {self._max_silence:g} seconds") from None
        finally:
            self._waiting = None
            self._remaining -= loop.time() - begin

    def progressed(self) -> None:
        """The last message was worth waiting for."""
        self._remaining = self._max_silence

    async def watch_drain(self) -> None:
        """End the waiting when the server drains."""
        await self._drain.started.wait()
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def _check_drain(self) -> None:
        if self._drain.has_started:
            raise ServerDraining("this server is going away; go on with another one")


@asynccontextmanager
async def reading(
    messages: AsyncIterator[Message], drain: Drain, max_silence: float
) -> AsyncIterator[MessageReader[Message]]:
    """Read with a limit; `max_silence` is in seconds."""
    reader = MessageReader(messages, drain, max_silence)
    watch = asyncio.create_task(reader.watch_drain())
    try:
        yield reader
    finally:
        watch.cancel()
