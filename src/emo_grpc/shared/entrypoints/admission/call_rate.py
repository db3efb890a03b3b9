"""How many calls a second a user may make."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from emo_grpc.shared.domain.call_errors import RateLimited

BURST_SECONDS: Final = 10
"""Who was quiet for so long may make as many calls at once as come in that time."""
SECOND_NS: Final = 1_000_000_000
REMEMBERED: Final = 1_024
"""So many users may have made calls lately before those who have their whole burst again are looked for."""


class CallRate:
    """A token bucket for each user, kept as the time when it is full again (GCRA of ITU-T I.371).

    Of one process: over several workers or servers a user may make as many more.
    """

    def __init__(self, per_second: int, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._interval = SECOND_NS // per_second
        self._clock_ns = clock_ns
        self._full_again: dict[str, int] = {}
        self._looked_for_at = REMEMBERED

    @property
    def remembered(self) -> int:
        """How many users have a bucket."""
        return len(self._full_again)

    def take(self, user: str) -> None:
        """Count one call; raises RateLimited, and then counts nothing."""
        now = self._clock_ns()
        full_again = max(self._full_again.get(user, now), now) + self._interval
        wait = full_again - now - BURST_SECONDS * SECOND_NS
        if wait > 0:
            raise RateLimited("you make too many calls a second", retry_after=timedelta(microseconds=wait // 1000 + 1))
        self._note(user, full_again, now)

    def charge(self, user: str, calls: int) -> None:
        """Count a call that is let through already as so many more, though the bucket may not have them: it lasts."""
        now = self._clock_ns()
        self._note(user, max(self._full_again.get(user, now), now) + calls * self._interval, now)

    def _note(self, user: str, full_again: int, now: int) -> None:
        self._full_again[user] = full_again
        if len(self._full_again) > self._looked_for_at:
            self._full_again = {user: until for user, until in self._full_again.items() if until > now}
            self._looked_for_at = max(REMEMBERED, 2 * len(self._full_again))
