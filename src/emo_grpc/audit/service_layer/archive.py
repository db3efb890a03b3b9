"""The whole trail as it is stored, for a move to another database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ArchivedSubject:
    """An account as entries know it; of one that was removed the digest alone, all else is empty."""

    digest: str
    user_id: str = ""
    pseudonym: str = ""
    key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ArchivedEntry:
    """An entry with what it is found by; `document` is None if it is so damaged that it is none."""

    entry_id: UUID
    kind: str
    account: str
    actor: str
    document: Mapping[str, object] | None


class AuditArchive(Protocol):
    """The port. Pages are in order of digests, or of ids, and backed by an index; imports are one transaction each."""

    async def subjects(self, after: str | None, limit: int) -> list[ArchivedSubject]:
        """The next subjects, also those of removed accounts; `after` None: the first ones."""
        ...

    async def entries(self, after: UUID | None, limit: int) -> list[ArchivedEntry]:
        """The next entries; `after` None: the first ones."""
        ...

    async def import_subjects(self, subjects: Sequence[ArchivedSubject]) -> None:
        """Keep them as they are, in place of what is here under the same digests."""
        ...

    async def import_entries(self, entries: Sequence[ArchivedEntry]) -> int:
        """Add those that are not here yet, as they are; gives how many. Each must have its document."""
        ...
