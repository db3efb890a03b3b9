"""The way to the servers, and what is wrong with it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from emo_grpc.client.addresses import Addresses
from emo_grpc.client.channel import Tls, spoken_tls
from emo_grpc.client.errors import EmoClientError, ProxyAnswered, Unreachable
from emo_grpc.client.obstacles import Obstacle
from emo_grpc.client.proxies import Proxy
from emo_grpc.client.reach.probe import NoAnswer, probe

SCHEMES: Final = re.compile(r"^(dns|ipv4|ipv6):/*")
DEFAULT_PORT: Final = 443
MAX_PROBES: Final = 4
KEPT_SECONDS: Final = 5.0
"""How long what was found is good for other calls that fail, which may be many at once."""


class Reach:
    """The way to the servers of `target`, which are spoken to as open_channel does."""

    def __init__(self, target: str, tls: Tls | None = None, *, insecure: bool = False) -> None:
        self._target = target
        self._addresses = Addresses.parse(target)
        self._tls = spoken_tls(self._addresses, tls, insecure=insecure)
        self._turn = asyncio.Lock()
        self._found: Obstacle | None = None
        self._found_at = -KEPT_SECONDS

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Raise Unreachable in place of an error that says only that no server was reached."""
        try:
            yield
        except (Unreachable, ProxyAnswered):
            raise
        except EmoClientError as error:
            if error.code.name != "UNAVAILABLE" or error.reason:
                raise
            raise await self._unreachable(error) from error

    async def _unreachable(self, error: EmoClientError) -> Unreachable:
        proxy = Proxy.of(self._addresses)
        obstacle = None if proxy else await self._obstacle()
        why = f"the way goes through the proxy {proxy.address} of {proxy.variable}" if proxy else obstacle
        told = Unreachable(
            f"can't reach the server at {self._target}: {why or error.message}", obstacle=obstacle, proxy=proxy
        )
        for note in getattr(error, "__notes__", ()):
            told.add_note(note)
        return told

    async def _obstacle(self) -> Obstacle | None:
        async with self._turn:
            if time.monotonic() - self._found_at >= KEPT_SECONDS:
                self._found = await asyncio.to_thread(self.obstacle)
                self._found_at = time.monotonic()
            return self._found

    def obstacle(self) -> Obstacle | None:
        """What is wrong with the first server that says anything at all; None if nothing is known. Takes seconds."""
        for host, port in _endpoints(self._target)[:MAX_PROBES] if self._addresses.hosts else ():
            try:
                return probe(host, port, self._tls and replace(self._tls, server_name=self._tls.server_name or host))
            except NoAnswer:
                continue
        return None


def _endpoints(target: str) -> list[tuple[str, int]]:
    found = []
    for each in SCHEMES.sub("", target.strip()).split(","):
        host, _, port = each.strip().rpartition(":")
        is_port = bool(host) and port.isascii() and port.isdigit()
        found.append((host.strip("[]"), int(port)) if is_port else (each.strip("[] "), DEFAULT_PORT))
    return found
