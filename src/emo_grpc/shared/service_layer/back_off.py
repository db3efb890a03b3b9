"""Pauses between starts."""

from datetime import timedelta
from typing import Final

FIRST_PAUSE: Final = timedelta(milliseconds=100)
LAST_PAUSE: Final = timedelta(seconds=30)
STEADY: Final = timedelta(minutes=1)
"""What ran for so long did not end because of how it was started."""


class BackOff:
    """How long to wait before starting anew what has ended: twice as long each time that it ends soon."""

    def __init__(self, first: timedelta = FIRST_PAUSE, last: timedelta = LAST_PAUSE) -> None:
        self._first = self._next = first
        self._last = last

    def after(self, lived: timedelta) -> timedelta:
        """The pause after a life of this length."""
        pause = self._first if lived > STEADY else self._next
        self._next = min(pause * 2, self._last)
        return pause
