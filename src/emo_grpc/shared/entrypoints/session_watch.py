"""Ends a stream whose caller's session has ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.domain.principal import Caller
from emo_grpc.shared.service_layer.authentication import Authenticator
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

SESSION_CHECK: Final = timedelta(seconds=20)
"""With the time of the look-up, a stream outlives its session by less than 30 s."""


@dataclass(frozen=True, slots=True)
class SessionWatch:
    """Looks at sessions again and again, each time after `interval`.

    While sessions can't be read, streams go on: they end soon enough when they need the engine that does not answer.
    """

    authenticator: Authenticator
    interval: timedelta = SESSION_CHECK

    @asynccontextmanager
    async def __call__(self, principal: Caller, peer: str) -> AsyncIterator[None]:
        """Run the block for a caller at this address.

        Raises SessionRevoked or NetworkNotAllowed out of it, which is cancelled then as by its client.
        """
        ends: list[Exception] = []
        try:
            async with asyncio.timeout(None) as block:
                watching = asyncio.create_task(
                    self._watch(partial(self.authenticator.confirm, principal, peer), block, ends)
                )
                try:
                    yield
                finally:
                    await cancel_and_wait(watching)
        except TimeoutError:
            if ends:
                raise ends[0] from None
            raise

    async def _watch(
        self, confirm: Callable[[], Awaitable[None]], block: asyncio.Timeout, ends: list[Exception]
    ) -> None:
        while not ends:
            await asyncio.sleep(self.interval.total_seconds())
            try:
                await confirm()
            except (Unavailable, ConcurrentChange):  # also SQLite that another process keeps busy
                continue
            except Exception as error:  # an unexpected error ends the stream too, as its session is no longer watched
                ends.append(error)
                block.reschedule(asyncio.get_running_loop().time())
