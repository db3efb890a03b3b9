"""A service that is started again after a power cut."""

import shutil
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from survival.power_cuts.disk import Choice, ForgetfulDisk
from survival.power_cuts.history import History
from survival.power_cuts.promises import Promises, broken_promise


@dataclass
class Outages:
    """Power cuts, one after the other, into one history. `states` were tried, none of them twice."""

    history: History
    place: Path
    data: Path
    states: set[Hashable] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._disk = ForgetfulDisk(self.history)

    async def broken_promise(self, cut: int, choose: Choice, seed: int) -> str:
        """What people miss when the power went just before that moment; nothing if all is there."""
        remains = self._disk.after(cut, choose, Random(seed))
        told = [mark.text for mark in self.history.marks if mark.end < cut]
        state = (remains.fingerprint, len(told))
        if state in self.states:
            return ""
        self.states.add(state)
        remains.write_to(self.place)
        try:
            wrong = await broken_promise(Promises.of(told), self.place / self.data)
        finally:
            shutil.rmtree(self.place)
        return wrong and f"cut {cut}, {choose}, seed {seed}: {wrong}"
