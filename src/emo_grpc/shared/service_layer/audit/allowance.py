"""How many refusals the trail takes one by one, and what it says of the others."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.domain.networks import network_of
from emo_grpc.shared.service_layer.clock import Clock

WINDOW: Final = timedelta(hours=1)
OF_ONE: Final = 60
"""Refusals of one sort in a window that concern one account, or that one caller met."""
OF_NETWORK: Final = 20
"""Of these, from one network (IPv4 /24, IPv6 /56), so that no single stranger takes all of it."""
OF_ALL: Final = 10_000
SORTS: Final = 10_000
"""Sorts of refusals, each of one account, that are counted beside each other."""
MORE: Final = "more"
SINCE: Final = "since"
"""Details of an entry that stands for others, too: how many, and since when (RFC 3339)."""

Overflow = Callable[[AuditEntry], None]
"""Is told the first entry of a window for which there is no room."""


@dataclass(slots=True)
class _Counted:
    """The latest of those for which there was no room, how many came before it, and when the first one did."""

    latest: AuditEntry
    more: int = 0
    since: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.latest.time

    def add(self, entry: AuditEntry) -> None:
        self.latest, self.more = entry, self.more + 1

    @property
    def entry(self) -> AuditEntry:
        if not self.more:
            return self.latest
        told = {MORE: str(self.more), SINCE: self.since.isoformat(timespec="seconds")}
        return replace(self.latest, details={**self.latest.details, **told})


class AuditAllowance:
    """Counts refusals of this process, so that strangers can't fill the disk with them; the call log has every one.

    What is of another sort (another RPC, another reason) has room of its own, however many there are of one. And what
    has no room is counted: `take_counted` gives one entry for all of a sort. So none is hidden behind others.
    """

    def __init__(
        self,
        clock: Clock,
        overflow: Overflow,
        *,
        of_one: int = OF_ONE,
        of_network: int = OF_NETWORK,
        of_all: int = OF_ALL,
        sorts: int = SORTS,
    ) -> None:
        self._clock = clock
        self._overflow = overflow
        self._of_one = of_one
        self._of_network = of_network
        self._of_all = of_all
        self._sorts = sorts
        self._end: datetime | None = None
        self._counts: dict[Hashable, int] = {}
        self._told: set[Hashable] = set()
        self._counted: dict[Hashable, _Counted] = {}

    def has_room_for(self, entry: AuditEntry) -> bool:
        """Whether it may be stored by itself; it is counted in any case."""
        now = self._clock()
        if self._end is None or now >= self._end:
            self._end, self._counts, self._told = now + WINDOW, {}, set()
        one = (_whose(entry), _sort(entry))
        limits: dict[Hashable, int] = {
            _ALL: self._of_all,
            one: self._of_one,
            (*one, network_of(entry.origin.peer)): self._of_network,
        }
        if not any(self._counts.get(key, 0) >= limit for key, limit in limits.items()):
            self._counts.update({key: self._counts.get(key, 0) + 1 for key in limits})
            return True
        self._count(entry)
        if one not in self._told and len(self._told) < self._sorts:
            self._told.add(one)
            self._overflow(entry)
        return False

    def take_counted(self) -> list[AuditEntry]:
        """One entry for all of a sort for which there was no room since the last time."""
        counted, self._counted = self._counted, {}
        return [each.entry for each in counted.values()]

    def _count(self, entry: AuditEntry) -> None:
        key: Hashable = (_whose(entry), _sort(entry))
        if key not in self._counted and len(self._counted) >= self._sorts:
            entry = replace(entry, account=None, details={})
            key = _sort(entry)
        if key in self._counted:
            self._counted[key].add(entry)
        else:
            self._counted[key] = _Counted(entry)


def _whose(entry: AuditEntry) -> Hashable:
    return entry.account or entry.details.get("service_account_id") or entry.origin.actor


def _sort(entry: AuditEntry) -> Hashable:
    return entry.kind, entry.origin.method, entry.code, entry.reason


_ALL: Final = object()
