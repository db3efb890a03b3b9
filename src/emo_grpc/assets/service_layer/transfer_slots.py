"""How many transfers run at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from emo_grpc.shared.domain.call_errors import TooManyCalls
from emo_grpc.shared.domain.ids import UserId

MAX_STREAMS: Final = 256
"""Beside the budget of all (TransferMemory), each upload holds about 3 MiB, 8 MiB with the largest chunks, and each
download 2 MiB, 3 MiB on a connection of its own: all uploads stay within 2 GiB, all downloads within 1."""

MAX_STREAMS_OF_USER: Final = MAX_STREAMS // 2
"""No user alone keeps all others out."""

BUSY_RETRY_AFTER: Final = timedelta(seconds=2)


class TransferSlots:
    """The transfers of one kind in this process: never more than `limit`, nor than `limit_of_user` of one user."""

    def __init__(self, limit: int = MAX_STREAMS, limit_of_user: int = MAX_STREAMS_OF_USER) -> None:
        self.limit = limit
        self.limit_of_user = limit_of_user
        self._running: Counter[UserId] = Counter()

    @property
    def running(self) -> int:
        """How many there are now."""
        return self._running.total()

    @contextmanager
    def take(self, user_id: UserId) -> Iterator[None]:
        """Count one more while the block runs; raises TooManyCalls."""
        if self.running >= self.limit:
            raise TooManyCalls("this server takes no more transfers at the moment", retry_after=BUSY_RETRY_AFTER)
        if self._running[user_id] >= self.limit_of_user:
            raise TooManyCalls(
                f"this server takes no more than {self.limit_of_user} such transfers of one user at once",
                quota_subject=f"user:{user_id}",
                retry_after=BUSY_RETRY_AFTER,
            )
        self._running[user_id] += 1
        try:
            yield
        finally:
            self._running[user_id] -= 1
            if not self._running[user_id]:
                del self._running[user_id]
