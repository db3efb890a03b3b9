"""What all transfers of a process may hold beyond the least that each needs."""

from collections import Counter
from typing import Final

from emo_grpc.shared.domain.ids import UserId

MAX_HELD: Final = 192 << 20
"""Bytes. Some 25 transfers run at full speed on these, which is more than cores and disk can serve."""

MAX_HELD_OF_USER: Final = MAX_HELD * 2 // 3
"""Less than all, so that a user whose client reads none of its downloads does not slow down those of others."""


class TransferMemory:
    """The byte budget of uploads and downloads together. `held` is how much of it is in use.

    A transfer that finds none left goes on with smaller chunks. It never waits for others, whose clients may be slow.
    """

    def __init__(self, limit: int = MAX_HELD, limit_of_user: int = MAX_HELD_OF_USER) -> None:
        self.limit = limit
        self.limit_of_user = limit_of_user
        self.held = 0
        self._of_users: Counter[UserId] = Counter()

    @property
    def is_ample(self) -> bool:
        """Whether few transfers are running, so that each may hold as much as makes it cheap."""
        return self.held < self.limit // 4

    @property
    def is_full(self) -> bool:
        """Whether no transfer should hold more than the least."""
        return self.held >= self.limit

    def hold(self, size: int) -> None:
        """Count bytes that a client has sent; they are there whether or not there is room."""
        self.held += size

    def let_go(self, size: int) -> None:
        """Count bytes of `hold` no more."""
        self.held -= size

    def take(self, size: int, user_id: UserId) -> bool:
        """Hold so many bytes for a user if there is room for them; gives whether there is."""
        if self.held + size > self.limit or self._of_users[user_id] + size > self.limit_of_user:
            return False
        self.held += size
        self._of_users[user_id] += size
        return True

    def give_back(self, size: int, user_id: UserId) -> None:
        """Count bytes of `take` no more."""
        self.held -= size
        self._of_users[user_id] -= size
        if not self._of_users[user_id]:
            del self._of_users[user_id]
