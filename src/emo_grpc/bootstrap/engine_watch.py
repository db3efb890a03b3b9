"""Whether the engines answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog

WATCH_EVERY: Final = timedelta(seconds=5)
PROBE_TIMEOUT: Final = timedelta(seconds=4)
"""Less than health waits for all."""

Probe = Callable[[], Awaitable[bool]]
"""Raises, gives False or hangs when the engine is away."""


class EngineWatch:
    """Tells the log, by name, which engine went away, and that it is back."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self._answering: dict[str, bool] = {}

    async def all_answer(self) -> bool:
        """Ask all at once."""
        return all(await asyncio.gather(*(self._look_at(engine) for engine in self._probes)))

    async def follow(self) -> None:
        """Ask now and then, until cancelled."""
        while True:
            await self.all_answer()
            await asyncio.sleep(WATCH_EVERY.total_seconds())

    async def _look_at(self, engine: str) -> bool:
        answers = await self._ask(self._probes[engine])
        # How it was at the beginning, who started it has said.
        if answers != self._answering.setdefault(engine, answers):
            log = structlog.get_logger("emo")
            log.warning("an engine answers again" if answers else "an engine is away", engine=engine)
        self._answering[engine] = answers
        return answers

    async def _ask(self, probe: Probe) -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT.total_seconds()):
                return await probe()
        except Exception:  # whatever keeps it from answering
            return False
