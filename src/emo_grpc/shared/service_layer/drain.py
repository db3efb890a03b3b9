"""The server is going away."""

import asyncio


class Drain:
    """Tells long calls that this server ends: a call that awaits `started` stops at its next safe point.

    They raise `ServerDraining`, and clients go on elsewhere. It never goes back.
    """

    def __init__(self) -> None:
        self.started = asyncio.Event()

    @property
    def has_started(self) -> bool:
        """Whether it has begun."""
        return self.started.is_set()

    def start(self) -> None:
        """Begin."""
        self.started.set()
