"""What a migration has done."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from emo_grpc.assets.service_layer.integrity.file_check import Damage

DAMAGED: Final = "what is known of it was damaged in the database"


@dataclass(slots=True)
class Tally:
    """How many resources of a kind were copied, were in the target already, and were removed from it."""

    migrated: int = 0
    present: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class NotMigrated:
    """What can't be migrated, and why: an `account`, a `session`, an `asset` or its upload, by its id.

    `damages` are those of the file in the source.
    """

    noun: str
    item_id: UUID
    sentence: str
    damages: tuple[Damage, ...] = ()


@dataclass(slots=True)
class MigrationReport:
    """Tallies by the name of the kind; plaintext bytes that were copied; what could not be."""

    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    migrated_bytes: int = 0
    not_migrated: list[NotMigrated] = field(default_factory=list)


class MigrationRefused(Exception):
    """The target may not be used; the text is one sentence for the operator."""


class CannotMigrate(Exception):
    """One resource can't be migrated, while all others are; the text is one sentence."""

    def __init__(self, sentence: str, damages: tuple[Damage, ...] = ()) -> None:
        super().__init__(sentence)
        self.damages = damages


class MigrationProgress(Protocol):
    """Shows how far a migration has come."""

    def begin(self, total: int) -> None:
        """How many plaintext bytes have to be copied."""
        ...

    def advance(self, size: float) -> None:
        """Add `size` bytes. A file counts one half when it is copied, and the other half when it is proven."""
        ...
