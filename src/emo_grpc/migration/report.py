"""What a move has done."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from emo_grpc.assets.service_layer.integrity.file_check import Damage

DAMAGED: Final = "what is known of it was damaged in the database"


@dataclass(slots=True)
class Tally:
    """Of one kind of thing: brought now, there already, and removed there because it is gone or older."""

    moved: int = 0
    there: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class NotMoved:
    """What can't be moved, and why: an `account`, a `session`, an `asset` or its upload, by its id.

    `damages` are those of the file here.
    """

    noun: str
    item_id: UUID
    sentence: str
    damages: tuple[Damage, ...] = ()


@dataclass(slots=True)
class MoveReport:
    """Tallies by the name of the kind; plaintext bytes that were brought; what could not be."""

    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    moved_bytes: int = 0
    not_moved: list[NotMoved] = field(default_factory=list)


class MoveRefused(Exception):
    """The target is not one to move to; the text is one sentence for the operator."""


class Unmovable(Exception):
    """One thing can't be moved; the text is one sentence. The others are."""

    def __init__(self, sentence: str, damages: tuple[Damage, ...] = ()) -> None:
        super().__init__(sentence)
        self.damages = damages


class OnMoved(Protocol):
    """Is told how far the move has come."""

    def begin(self, total: int) -> None:
        """How many plaintext bytes there are to bring."""
        ...

    def advance(self, size: float) -> None:
        """So many more are done. A file counts one half when it is copied, and the other half when it is proven."""
        ...


Told = Callable[[float], None]
