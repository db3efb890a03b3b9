"""How many refusals the trail takes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.service_layer.clock import Clock

WINDOW: Final = timedelta(hours=1)
OF_ONE: Final = 60
"""Refusals in a window that concern one account, or that one caller met."""
OF_ALL: Final = 10_000

Overflow = Callable[[AuditEntry], None]
"""Is told the first entry of a window for which there is no room."""


class AuditAllowance:
    """Counts refusals of this process, so that strangers can't fill the disk with them; the call log has every one."""

    def __init__(self, clock: Clock, overflow: Overflow, *, of_one: int = OF_ONE, of_all: int = OF_ALL) -> None:
        self._clock = clock
        self._overflow = overflow
        self._of_one = of_one
        self._of_all = of_all
        self._end: datetime | None = None
        self._counts: dict[object, int] = {}
        self._told: set[object] = set()

    def has_room_for(self, entry: AuditEntry) -> bool:
        """Whether it may be stored; it is counted then."""
        now = self._clock()
        if self._end is None or now >= self._end:
            self._end, self._counts, self._told = now + WINDOW, {}, set()
        whose = entry.account or entry.details.get("service_account_id") or entry.origin.actor
        limits: dict[object, int] = {None: self._of_all, whose: self._of_one}
        full = next((key for key, limit in limits.items() if self._counts.get(key, 0) >= limit), _NOTHING)
        if full is _NOTHING:
            self._counts.update({key: self._counts.get(key, 0) + 1 for key in limits})
        elif full not in self._told:
            self._told.add(full)
            self._overflow(entry)
        return full is _NOTHING


_NOTHING: Final = object()
