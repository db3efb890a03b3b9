"""What a move leaves in the audit trail."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from emo_grpc.migration.move_trail import MoveTrail
from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.domain.errors import Unavailable
from hand_clock import HandClock


@dataclass
class Trail:
    """Keeps what it is given."""

    written: list[AuditEntry] = field(default_factory=list)
    noted: list[AuditEntry] = field(default_factory=list)

    async def write(self, entry: AuditEntry) -> None:
        self.written.append(entry)

    def note(self, entry: AuditEntry) -> None:
        self.noted.append(entry)


async def test_a_move_that_breaks_off_says_so() -> None:
    """The entry from its beginning stays, and a second one has the code."""
    kept: Any = Trail()
    trail = MoveTrail(kept, HandClock())
    await trail.begin()
    with pytest.raises(Unavailable):
        async with trail.told_if_it_fails():
            raise Unavailable("no answer")
    assert [(entry.origin.method, entry.code) for entry in kept.written] == [("emo admin move", "OK")]
    assert [(entry.code, entry.reason) for entry in kept.noted] == [("UNAVAILABLE", "ENGINE_UNAVAILABLE")]
