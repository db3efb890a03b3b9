"""The messages of a call, as they come and go."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import grpc

from emo_grpc.shared.domain.call_errors import ClientStalled, TooManyCalls
from emo_grpc.shared.domain.errors import DeadlineExceeded, InvalidArgument
from emo_grpc.shared.entrypoints.admission.slot import Slot
from emo_grpc.shared.entrypoints.call import Call, current_call

# Any, here and below: the messages are of whatever type the contract says.
Context = grpc.aio.ServicerContext[Any, Any]

CANCELLATION_SECONDS: Final = 0.002


class Requests:
    """The messages of a call, as they come."""

    def __init__(self, context: Context) -> None:
        self._read = context.read

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        message = await self._read()
        if message is not grpc.aio.EOF:
            return message
        # gRPC ends the stream of a client that vanished as if it had half-closed, and cancels the call a moment
        # later: wait that moment, so that the two are told apart.
        await asyncio.sleep(CANCELLATION_SECONDS)
        raise StopAsyncIteration


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """How long a call waits for its client, in seconds.

    `request`: for the only request of a call; the caller of a public RPC is unknown, so this wait must end by
    itself. `write`: for the client to take one message of an answer. `status`: for it to take an error, which is
    queued behind what it has not taken yet.
    """

    request: float = 10.0
    write: float = 60.0
    status: float = 10.0

    async def read_one(self, context: Context) -> Any:
        """The only request of the call; raises DeadlineExceeded, InvalidArgument, TooManyCalls."""
        slot = current_call().slot
        try:
            async with asyncio.timeout(self.request) as waiting:
                slot.begin_wait(partial(waiting.reschedule, 0))
                async for message in Requests(context):
                    return message
        except TimeoutError as error:
            if slot.was_evicted:
                raise TooManyCalls("too many calls wait for their request, and this one has waited longest") from error
            raise DeadlineExceeded(f"the request did not come within {self.request:g} seconds") from error
        finally:
            slot.end_wait()
        raise InvalidArgument("the call ended before its request message came")

    async def write_all(self, answer: AsyncGenerator[Any, None], context: Context) -> None:
        """Send the answer, a message at a time; raises ClientStalled."""
        async with aclosing(answer) as messages:
            async for message in messages:
                await self._write_first(message, context)
                break
            async for message in messages:
                await self._write(context.write(message))

    def cut_off_unless_taken(self, call: Call) -> None:
        """Give gRPC `write` seconds, from now on, to send what is left of the answer; then the call is cut off."""
        call.slot.begin_wait_until_taken(self.write, partial(_cut_off, call.task, call.slot))

    @asynccontextmanager
    async def sending_status(self, call: Call) -> AsyncIterator[None]:
        """Give the client `status` seconds to take an error; raises CancelledError, which cuts it off."""
        try:
            async with asyncio.timeout(self.status) as waiting:
                call.slot.begin_wait(partial(waiting.reschedule, 0), call.slot.error_keys)
                yield
        except TimeoutError as error:
            call.slot.on_not_taken()
            raise asyncio.CancelledError from error
        finally:
            call.slot.end_wait()

    async def _write_first(self, message: Any, context: Context) -> None:
        """As `_write`. What ends the call meanwhile waits a while for the message to be out.

        The headers go with it, and gRPC takes them for unsent when it is cancelled: it would send them once more before
        the status, which fails, and the client would wait for ever.
        """
        writing = asyncio.ensure_future(context.write(message))
        try:
            await self._write(asyncio.shield(writing))
        except asyncio.CancelledError:
            await asyncio.wait([writing], timeout=self.status)
            raise
        finally:
            writing.cancel()

    async def _write(self, writing: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self.write):
                await writing
        except TimeoutError as error:
            raise ClientStalled(f"the client took nothing for {self.write:g} seconds") from error


def _cut_off(task: "asyncio.Task[Any]", slot: Slot) -> None:
    if task.cancel():
        slot.on_not_taken()


DEFAULT_TIMEOUTS: Final = ClientTimeouts()
