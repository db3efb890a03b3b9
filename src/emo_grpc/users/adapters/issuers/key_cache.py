"""Remembers the keys of an issuer."""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Final

from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.adapters.issuers.jwks import IssuerKey, read_jwks
from emo_grpc.users.adapters.issuers.key_sources import KeySource, SourceFailed

FRESH_SECONDS: Final = 300.0
"""After that keys are asked for again, so that one that the issuer took back is soon good no more."""
KEPT_SECONDS: Final = 86_400.0
"""As long keys are good while the issuer can't be asked."""
PAUSE_SECONDS: Final = 10.0
"""At least so long from one question to the next, whatever tokens come."""

Report = Callable[[str], None]
"""Is told why keys could not be read."""


class NoKeys(Exception):
    """No keys of the issuer are known, and they can't be had now."""


class KeyCache:
    """Asks the source one question at a time. A question goes on when the call that it was asked for is cancelled."""

    def __init__(self, source: KeySource, report: Report, clock: Clock) -> None:
        self._source = source
        self._report = report
        self._clock = clock
        self._keys: Mapping[str, IssuerKey] = {}
        self._read_at = -math.inf
        self._asked_at = -math.inf
        self._question: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> IssuerKey | None:
        """The key of that name, or None; raises NoKeys."""
        if kid not in self._known(FRESH_SECONDS):
            await self._ask()
        known = self._known(KEPT_SECONDS)
        if not known:
            raise NoKeys
        return known.get(kid)

    def _known(self, seconds: float) -> Mapping[str, IssuerKey]:
        """The keys, if they were read so many seconds ago or less."""
        return self._keys if self._since(self._read_at) < seconds else {}

    def _since(self, time: float) -> float:
        """Seconds from then, or to then if the clock was set back: keys of the future are old ones, too."""
        return abs(self._now() - time)

    def _now(self) -> float:
        return self._clock().timestamp()

    async def _ask(self) -> None:
        """Wait for the question under way, or ask one, unless the last was asked just now."""
        if self._question is None or self._question.done():
            if self._since(self._asked_at) < PAUSE_SECONDS:
                return
            self._asked_at = self._now()
            self._question = asyncio.create_task(self._read())
        await asyncio.shield(self._question)

    async def _read(self) -> None:
        try:
            self._keys = read_jwks(await self._source())
            self._read_at = self._now()
        except (SourceFailed, ValueError) as error:
            self._report(str(error))
