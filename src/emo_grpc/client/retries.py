"""When and how often the client tries again."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import grpc

from emo_grpc.client.errors import EmoClientError
from emo_grpc.client.rpc_errors import from_rpc

Response = TypeVar("Response")

RETRYABLE_CODES: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.CANCELLED,  # by the other side or a proxy; our own cancelling is asyncio.CancelledError
    }
)
DRAINING: Final = "SERVER_DRAINING"
RATE_LIMITED: Final = "RATE_LIMITED"
RETRYABLE_REASONS: Final = frozenset(
    {
        "CHUNK_CHECKSUM_MISMATCH",
        "CONCURRENT_CHANGE",
        "OFFSET_OUT_OF_RANGE",
        RATE_LIMITED,
        "TOO_MANY_CALLS",
        "TOKEN_EXPIRED",
    }
)
STALLED: Final = "UPLOAD_STALLED"
LONGEST_ASKED_SECONDS: Final = 60.0
"""A server that asks for a longer wait is an error at once, so that a program does not seem to hang."""

SILENT_SECONDS: Final = 3.0
"""After which a person asks whether a call hangs; gRPC does not tell of its own retries."""

OnWait = Callable[[EmoClientError | None], None]
"""Called when a call takes long, with the server's last error if it has answered at all."""


def ignore_wait(_: EmoClientError | None) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a transfer is retried: seconds of the first and the longest wait, and tries in a row without progress.

    By default at least 21 s and at most 43 s, besides the tries themselves: longer than a server needs to start again,
    or a MongoDB to elect another primary. `on_wait` is told of waits, those of single calls too.
    """

    max_attempts: int = 10
    initial: float = 0.2
    maximum: float = 10.0
    on_wait: OnWait = ignore_wait


class Attempts:
    """Counts the tries of one transfer since it last came further."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failed = 0
        self._stalled_at = 0

    def progressed(self) -> None:
        """Begin to count anew."""
        self._failed = 0

    async def wait_after(self, error: EmoClientError, *, read_up_to: int = 0) -> None:
        """Wait until the next try is due; raises `error` if another try makes no sense.

        Exponential with half of it jitter, and never sooner than the server asks for. A server that goes away is left
        at once, the first time. An upload that stalled is no failure as long as its source, slow as it is, has given
        more bytes in between: it is read up to the offset `read_up_to`.
        """
        if error.reason == STALLED and read_up_to > self._stalled_at:
            self._stalled_at = read_up_to
            self.progressed()
            return
        self._failed += 1
        is_retryable = error.code in RETRYABLE_CODES or error.reason in RETRYABLE_REASONS
        asked_for = _seconds_asked_for(error)
        if not is_retryable or self._failed >= self._policy.max_attempts or asked_for > LONGEST_ASKED_SECONDS:
            raise error
        if error.reason == DRAINING and self._failed == 1:
            return
        self._policy.on_wait(error)
        longest = min(self._policy.maximum, self._policy.initial * 2 ** (self._failed - 1))
        await asyncio.sleep(asked_for + random.uniform(longest / 2, longest))  # noqa: S311 - jitter is no secret


async def call_with_retries(
    call: Callable[[float], Awaitable[Response]], seconds: float, on_wait: OnWait = ignore_wait
) -> Response:
    """Make a unary call that may be sent again, until the server stops asking to try later, or `seconds` are over.

    `call` is given the seconds that are left. A call without an answer fails sooner: gRPC has tried every server by
    then, see channel. Raises EmoClientError: the server's last error, if only the time was over after that. `on_wait`
    is called when nothing has come for SILENT_SECONDS, and when the server asks to try later.
    """
    with telling_of_silence(on_wait):
        return await _retried(call, seconds, on_wait)


@contextmanager
def telling_of_silence(on_wait: OnWait) -> Iterator[None]:
    """Call `on_wait` if the block takes longer than SILENT_SECONDS."""
    timer = asyncio.get_running_loop().call_later(SILENT_SECONDS, on_wait, None)
    try:
        yield
    finally:
        timer.cancel()


async def _retried(call: Callable[[float], Awaitable[Response]], seconds: float, on_wait: OnWait) -> Response:
    end = time.monotonic() + seconds
    last: EmoClientError | None = None
    while True:
        try:
            return await call(end - time.monotonic())
        except grpc.aio.AioRpcError as rpc_error:
            error = from_rpc(rpc_error)
            if last is not None and error.code is grpc.StatusCode.DEADLINE_EXCEEDED:
                raise last from rpc_error
            last = error
            wait = _seconds_asked_for(error) * random.uniform(1.0, 1.5)  # noqa: S311 - jitter is no secret
            may_wait = error.code is grpc.StatusCode.UNAVAILABLE or error.reason == RATE_LIMITED
            if not may_wait or not wait or time.monotonic() + wait >= end:
                raise error from rpc_error
        on_wait(error)
        await asyncio.sleep(wait)


def _seconds_asked_for(error: EmoClientError) -> float:
    return error.retry_after.total_seconds() if error.retry_after else 0.0
