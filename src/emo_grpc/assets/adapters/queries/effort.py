"""What it takes to test a condition on a row; the same in every database."""

from dataclasses import dataclass
from typing import Final, Self

from emo_grpc.assets.adapters.queries.conditions import Condition, Every, HasFacet, HasTerm, HasWord, No, Some

OF_RANKING: Final = 8
"""What it takes to rank a match, in tests of its text."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many parts of a condition go through all that an asset says, and how many look into an index.

    The former take as long as the asset's text is. None is left out: a negation makes the engines test all of them.
    What compares a key of the row itself costs nothing beside them.
    """

    of_text: int = 0
    of_index: int = 0

    @classmethod
    def of(cls, condition: Condition) -> Self:
        """Of all its parts."""
        match condition:
            case Every(parts) | Some(parts):
                inner = [cls.of(part) for part in parts]
                return cls(sum(each.of_text for each in inner), sum(each.of_index for each in inner))
            case No(part):
                return cls.of(part)
            case HasWord() | HasTerm():
                return cls(of_text=1)
            case HasFacet():
                return cls(of_index=1)
            case _:
                return cls()
