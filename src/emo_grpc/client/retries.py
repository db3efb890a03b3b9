"""When and how often a transfer tries again."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final

import grpc

from emo_grpc.client.errors import EmoClientError

RETRYABLE_CODES: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.CANCELLED,  # by the other side or a proxy; our own cancelling is asyncio.CancelledError
    }
)
RETRYABLE_REASONS: Final = frozenset(
    {"CHUNK_CHECKSUM_MISMATCH", "OFFSET_OUT_OF_RANGE", "TOO_MANY_CALLS", "TOKEN_EXPIRED"}
)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a transfer is: seconds of the first and the longest wait, and tries in a row without progress."""

    max_attempts: int = 10
    initial: float = 0.2
    maximum: float = 10.0


class Attempts:
    """Counts the tries of one transfer since it last came further."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failed = 0

    def progressed(self) -> None:
        """Begin to count anew."""
        self._failed = 0

    async def wait_after(self, error: EmoClientError) -> None:
        """Wait until the next try is due; raises `error` if another try makes no sense.

        Exponential with full jitter, and never sooner than the server asks for.
        """
        self._failed += 1
        is_retryable = error.code in RETRYABLE_CODES or error.reason in RETRYABLE_REASONS
        if not is_retryable or self._failed >= self._policy.max_attempts:
            raise error
        longest = min(self._policy.maximum, self._policy.initial * 2 ** (self._failed - 1))
        asked_for = error.retry_after.total_seconds() if error.retry_after else 0.0
        await asyncio.sleep(asked_for + random.uniform(0.0, longest))  # noqa: S311 - jitter is no secret
