"""How a server process is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

ANSWERS_WITHIN: Final = timedelta(seconds=10)
"""An event loop that has not turned for so long answers nobody."""

LIVES_WITHIN: Final = timedelta(minutes=1)
"""One that has not turned for so long will never again."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What a process told of itself last.

    `engines`: for each that was asked whether it answers. `turned`: when its event loop did, by the clock that all
    processes of the machine have (`time.monotonic`).
    """

    engines: Mapping[str, bool]
    is_draining: bool
    turned: float

    @property
    def answers(self) -> bool:
        """Whether it takes calls."""
        return not self.is_draining and bool(self.engines) and self._turned_within(ANSWERS_WITHIN)

    @property
    def lives(self) -> bool:
        """Whether it is worth waiting for it."""
        return self._turned_within(LIVES_WITHIN)

    def _turned_within(self, limit: timedelta) -> bool:
        return time.monotonic() - self.turned < limit.total_seconds()
