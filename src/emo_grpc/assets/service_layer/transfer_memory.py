"""What all transfers of a process may hold beyond the least that each needs."""

from collections import Counter
from typing import Final

from emo_grpc.shared.domain.ids import UserId

MAX_HELD: Final = 192 << 20
"""Bytes: the speed of some thirty transfers at once, which is more than the cores and the disk carry."""

MAX_HELD_OF_USER: Final = MAX_HELD * 2 // 3
"""Downloads of one user, whose client may read none of them, don't make those of all others slow."""


class TransferMemory:
    """The byte budget of uploads and downloads together. `held` is how much of it is in use.

    A transfer that finds none left goes on with less, and never waits: those that have it may wait for slow clients.
    """

    def __init__(self, limit: int = MAX_HELD, limit_of_user: int = MAX_HELD_OF_USER) -> None:
        self.limit = limit
        self.limit_of_user = limit_of_user
        self.held = 0
        self._of_users: Counter[UserId] = Counter()

    @property
    def is_full(self) -> bool:
        """Whether no transfer should hold more than the least."""
        return self.held >= self.limit

    def hold(self, size: int) -> None:
        """Count bytes that came without being asked for."""
        self.held += size

    def let_go(self, size: int) -> None:
        """They are held no longer."""
        self.held -= size

    def take(self, size: int, user_id: UserId) -> bool:
        """Hold so many bytes for a user if there is room for them; gives whether there is."""
        if self.held + size > self.limit or self._of_users[user_id] + size > self.limit_of_user:
            return False
        self.held += size
        self._of_users[user_id] += size
        return True

    def give_back(self, size: int, user_id: UserId) -> None:
        """What was taken."""
        self.held -= size
        self._of_users[user_id] -= size
        if not self._of_users[user_id]:
            del self._of_users[user_id]
