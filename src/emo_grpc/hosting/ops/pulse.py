"""Whether the event loop turns."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

EVERY: Final = 0.5
"""Seconds."""


class Pulse:
    """`turned`: when the loop did last (`time.monotonic`). `on_lag` is told by how many seconds a turn came late."""

    def __init__(self, on_lag: Callable[[float], None]) -> None:
        self.turned = time.monotonic()
        self._on_lag = on_lag

    @property
    def blocked(self) -> float:
        """For how many seconds a turn has been due."""
        return max(0.0, time.monotonic() - self.turned - EVERY)

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self._on_lag(self.blocked)
            self.turned = time.monotonic()
