"""What a backup or a restore has done."""

from dataclasses import dataclass, field
from typing import Protocol

from emo_grpc.migration.report import NotMigrated


@dataclass(slots=True)
class TransferReport:
    """Files that were copied, with their plaintext bytes; that were there already; whose assets were deleted meanwhile.

    `left_out`: what is damaged, so that it can't be copied.
    """

    copied: int = 0
    copied_bytes: int = 0
    present: int = 0
    deleted: int = 0
    left_out: list[NotMigrated] = field(default_factory=list)


class BackupProgress(Protocol):
    """Shows how far a backup, a restore or a proof has come."""

    def begin(self, total: int) -> None:
        """How many plaintext bytes the files have."""
        ...

    def advance(self, count: float) -> None:
        """Add bytes."""
        ...
