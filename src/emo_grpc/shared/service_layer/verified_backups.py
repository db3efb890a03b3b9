"""Which backup is known to be good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class VerifiedBackup:
    """A backup that holds what was there at `create_time`; at `verify_time` every file of it could be opened."""

    backup_id: str
    create_time: datetime
    verify_time: datetime


class VerifiedBackups(Protocol):
    """Remembers the latest one, in the database that was backed up, so that every server can tell its age."""

    async def note(self, backup: VerifiedBackup) -> None:
        """Remember it, unless one is known that was made later."""
        ...

    async def latest(self) -> VerifiedBackup | None:
        """Of all that were proven, the one that was made last."""
        ...
