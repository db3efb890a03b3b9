"""Whether the engines answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog

from emo_grpc.settings import Settings

WATCH_EVERY: Final = timedelta(seconds=5)
PROBE_TIMEOUT: Final = timedelta(seconds=4)
"""Less than health waits for all."""

Probe = Callable[[], Awaitable[bool]]
"""Raises, gives False or hangs when the engine is away."""


class EngineWatch:
    """Logs, by name, when an engine stops answering and when it answers again."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self._answering: dict[str, bool] = {}

    @property
    def answering(self) -> dict[str, bool]:
        """By name, what each engine that was asked did last; for any thread."""
        return dict(self._answering)

    async def all_answer(self) -> bool:
        """Ask all at once."""
        return all(await asyncio.gather(*(self._look_at(engine) for engine in self._probes)))

    async def follow(self) -> None:
        """Ask every five seconds, until cancelled."""
        while True:
            await self.all_answer()
            await asyncio.sleep(WATCH_EVERY.total_seconds())

    async def _look_at(self, engine: str) -> bool:
        answers = await self._ask(self._probes[engine])
        # The first answer is not logged: `engine_started` has done it.
        if answers != self._answering.setdefault(engine, answers):
            log = structlog.get_logger("emo")
            log.warning("an engine answers again" if answers else "an engine is away", engine=engine)
        self._answering[engine] = answers
        return answers

    async def _ask(self, probe: Probe) -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT.total_seconds()):
                return await probe()
        except Exception:  # any failure means that it does not answer
            return False


def metadata_engine(settings: Settings) -> str:
    """The name of the database, as logs and figures have it."""
    return "MongoDB" if settings.has_shared_metadata else "SQLite"


def files_engine(settings: Settings) -> str:
    """The name of the blob store, as logs and figures have it."""
    if settings.has_shared_files:
        return "S3"
    return "memory" if settings.is_ephemeral else "folder"
