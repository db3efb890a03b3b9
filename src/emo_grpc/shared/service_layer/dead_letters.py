"""Dead letters that nobody needs any more."""

from collections.abc import Iterable
from typing import Final

from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import Outbox

BATCH: Final = 100


class DeadLetters:
    """Drops those of events that are worth keeping for a time only (`Event.dead_for`). All others wait for somebody."""

    def __init__(self, outbox: Outbox, kinds: Iterable[type[Event]], clock: Clock) -> None:
        self._outbox = outbox
        self._lifetimes = {kind.__name__: kind.dead_for for kind in kinds if kind.dead_for is not None}
        self._clock = clock

    async def drop_old(self) -> int:
        """Drop those whose time is over; gives how many."""
        now, dropped = self._clock(), 0
        for event_type, lifetime in self._lifetimes.items():
            while batch := await self._outbox.drop_dead([event_type], before=now - lifetime, limit=BATCH):
                dropped += batch
        return dropped

    async def drop_naming(self, identity: str) -> None:
        """Drop those that name somebody who is gone."""
        while await self._outbox.drop_dead(self._lifetimes, naming=identity, limit=BATCH):
            pass
