"""A disk that forgets: what POSIX lets a power cut do to files.

- `fsync` and `fdatasync` of a file persist what was written to it before, and its size. They say nothing of its names.
- A name that was made, moved or removed persists by the `fsync` of its folder. Until then it is there or not, and
  the names of one folder persist in any order.
- `rename` is one step, seen wholly or not at all. It persists with the `fsync` of either folder.
- A write that was not synced persists wholly, not at all, or in some of its sectors of 512 or 4096 bytes, in any order
  with others. A file may have its new size before its bytes, with zeros or what the disk held before in their place.
  That a write went around the page cache changes nothing.
- What is under way, a sync too, has happened or not.
- Memory that is mapped and written to, as that of SQLite's `-shm`, leaves anything in its file.

Sources: fsync(2), open(2), rename(2); "Atomic Commit In SQLite", https://www.sqlite.org/atomiccommit.html; Pillai and
others, "All File Systems Are Not Created Equal" (ALICE), OSDI 2014.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from enum import Enum, auto
from random import Random
from typing import Final

from survival.power_cuts.history import Change, History, Node, Sync, Write
from survival.power_cuts.remains import Remains

NEVER: Final = 1 << 62


class Fate(Enum):
    """What becomes of a change that is not durable."""

    LOST = auto()
    KEPT = auto()
    TORN = auto()


Choice = Callable[[Change], Fate]


def all_lost(_: Change) -> Fate:
    """The least that may be left."""
    return Fate.LOST


def all_kept(_: Change) -> Fate:
    """As after a `kill -9`, where the system lives on."""
    return Fate.KEPT


def by_chance(random: Random) -> Choice:
    """Sometimes nearly everything is kept, sometimes nearly nothing."""
    kept, torn = random.choice((0.1, 0.5, 0.9)), random.choice((0.0, 0.1, 0.5))

    def choose(change: Change) -> Fate:
        if isinstance(change, Write) and random.random() < torn:
            return Fate.TORN
        return Fate.KEPT if random.random() < kept else Fate.LOST

    return choose


class ForgetfulDisk:
    """All that may be left of a history when the power goes at some moment."""

    def __init__(self, history: History) -> None:
        self._history = history
        syncs: defaultdict[Node, list[Sync]] = defaultdict(list)
        for sync in history.syncs:
            syncs[sync.node].append(sync)
        found = [(change, _durable_from(change, syncs)) for change in history.changes]
        self._changes = sorted(found, key=lambda pair: pair[0].begin)

    def after(self, cut: int, choose: Choice, random: Random) -> Remains:
        """What is left of what began before that moment. `random` decides which sectors are."""
        remains = Remains(self._history.folders, self._history.mapped, random)
        for change, durable in self._changes:
            if change.begin >= cut:
                break
            fate = Fate.KEPT if durable < cut else choose(change)
            if fate is Fate.KEPT:
                remains.apply(change)
            elif fate is Fate.TORN:
                assert isinstance(change, Write)
                remains.tear(change)
        return remains


def _durable_from(change: Change, syncs: Mapping[Node, list[Sync]]) -> int:
    after = (sync for node in change.synced_with for sync in syncs.get(node, ()) if sync.begin > change.end)
    return min((sync.end for sync in after), default=NEVER)
