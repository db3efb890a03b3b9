"""How many parts are being stored at once."""

import asyncio
from typing import Final

PROCESS_PARTS: Final = 32
"""While more parts than these are being stored for all streams, each stream may have only one: more would just wait."""


class PartsUnderWay:
    """The parts of all streams that are being made durable; `of_stream` may be of one that receives the next."""

    def __init__(self, of_stream: int = 1, of_process: int = PROCESS_PARTS) -> None:
        self.of_stream = of_stream
        self.of_process = of_process
        self._count = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count

    @property
    def room(self) -> int:
        """How many parts a stream may have under way besides the one that it receives."""
        return self.of_stream if self._count <= self.of_process else 1

    def add(self, storing: "asyncio.Task[None]") -> None:
        """Count a part until the task that stores it has ended."""
        self._count += 1
        storing.add_done_callback(self._ended)

    def _ended(self, _: "asyncio.Task[None]") -> None:
        self._count -= 1
