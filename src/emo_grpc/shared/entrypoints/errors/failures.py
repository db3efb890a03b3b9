"""Turns exceptions into gRPC statuses."""

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Final

import grpc
import structlog

from emo_grpc.shared.domain.errors import DataLoss, DeadlineExceeded, EmoError, Unimplemented
from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.errors.languages import preferred_locale
from emo_grpc.shared.entrypoints.errors.wire import answer_to
from emo_grpc.shared.entrypoints.messages import DEFAULT_TIMEOUTS, ClientTimeouts

DETAILS_KEY: Final = "grpc-status-details-bin"
REQUEST_ID_KEY: Final = "x-request-id"


class AnsweredErrors:
    """Turns what the call raises into a status with details. Only the log has the text of an unexpected error."""

    # A class, for a generator costs a call that goes well four times as much.
    __slots__ = ("_call", "_timeouts")

    def __init__(self, call: Call, timeouts: ClientTimeouts = DEFAULT_TIMEOUTS) -> None:
        self._call = call
        self._timeouts = timeouts

    async def __aenter__(self) -> None:
        """Begin."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await _answer(self._call, error, self._timeouts)


async def _answer(call: Call, error: BaseException, timeouts: ClientTimeouts) -> None:
    """Returns where the error is to go on as it is."""
    if isinstance(error, grpc.aio.AbortError):
        return
    if isinstance(error, asyncio.CancelledError):
        if not _is_cancelled():
            # Not a cancellation of this call: gRPC would take it for one, and send no status to the waiting client.
            await _abort(call, _unexpected(call, error), timeouts)
    elif isinstance(error, grpc.aio.InternalError):
        # A message could not be sent or read: the client is gone, and gRPC's cancellation is on its way.
        raise asyncio.CancelledError from error
    elif isinstance(error, Exception):  # the last place where a fault can become an answer
        await _abort(call, _meaning(call, error), timeouts)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _meaning(call: Call, error: Exception) -> EmoError:
    for found in _leaves(error):
        if isinstance(found, EmoError):
            return found
    if isinstance(error, TimeoutError) and call.is_late:
        return DeadlineExceeded("the deadline of this call passed before there was an answer")
    if isinstance(error, NotImplementedError):
        return Unimplemented("this version of the server does not offer this method yet")
    return _unexpected(call, error)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _unexpected(call: Call, error: BaseException) -> EmoError:
    log = structlog.get_logger("emo")
    log.error("unexpected error", request_id=call.request_id, method=call.method.path, exc_info=error)
    return EmoError("the server made a mistake; its log has more under this request id")


async def _abort(call: Call, error: EmoError, timeouts: ClientTimeouts) -> None:
    if error.reason is EmoError.reason:
        error.metadata["request_id"] = call.request_id
    answer = answer_to(error, preferred_locale(",".join(call.metadata("accept-language")) or error.locale))
    call.code, call.reason = answer.code, error.reason
    if isinstance(error, DataLoss):
        call.damaged = error.metadata
    trailers = ((REQUEST_ID_KEY, call.request_id), (DETAILS_KEY, answer.details))
    try:
        async with timeouts.sending_status(call):
            await call.context.abort(answer.code, answer.message, trailers)
    except grpc.aio.InternalError as gone:
        raise asyncio.CancelledError from gone
