"""Health by gRPC's own protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

SERVING: Final = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING
PROBE_EVERY: Final = timedelta(seconds=5)
PROBE_TIMEOUT: Final = timedelta(seconds=5)

EnginesOk = Callable[[], Awaitable[bool]]
"""Asks the engines whether they answer. It may raise or hang: both are a no."""


class Health:
    """Says SERVING, for each service and for all (`""`), while the engines answer."""

    NAME: Final = "grpc.health.v1.Health"

    def __init__(self, services: Iterable[str], engines_ok: EnginesOk) -> None:
        self._names = ("", *services)
        self._engines_ok = engines_ok
        self._servicer = HealthServicer()
        self.is_ok = True

    async def add_to(self, server: grpc.aio.Server) -> None:
        """Serve it; engines are asked before the first answer, since one may not answer when a server starts."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)
        self.is_ok = await self._ask()
        await self._publish(self.is_ok)

    async def follow(self, every: timedelta = PROBE_EVERY) -> None:
        """Probe until cancelled."""
        while True:
            await asyncio.sleep(every.total_seconds())
            await self.probe()

    async def probe(self) -> None:
        """Ask once, and publish and log a change."""
        is_ok = await self._ask()
        if is_ok == self.is_ok:
            return
        self.is_ok = is_ok
        structlog.get_logger("emo").warning("health changed", serving=is_ok)
        await self._publish(is_ok)

    async def go_away(self) -> None:
        """Report NOT_SERVING from now on, even if the engines answer."""
        await self._servicer.enter_graceful_shutdown()

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT.total_seconds()):
                return await self._engines_ok()
        except Exception:  # any failure means that an engine does not answer
            return False

    async def _publish(self, is_ok: bool) -> None:
        for name in self._names:
            await self._servicer.set(name, SERVING if is_ok else NOT_SERVING)
