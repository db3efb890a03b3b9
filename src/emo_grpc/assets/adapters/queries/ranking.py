"""How well an asset matches the words of a search, by its terms (see terms.py); the same in every database."""

from collections.abc import Sequence, Set
from typing import Final

from emo_grpc.assets.adapters.queries.terms import LETTERS
from emo_grpc.assets.service_layer.expressions import TextField

WEIGHTS: Final = {
    TextField.TITLE: 3,
    TextField.PEOPLE: 3,
    TextField.TAGS: 2,
    TextField.LOCATION: 2,
    TextField.FOLDER: 1,
    TextField.FILE_NAME: 1,
    TextField.DESCRIPTION: 0,
}
"""What a word counts that is in a field. What is picked by hand and short says most; the contract names them."""

_BEST_FIRST: Final = sorted(LETTERS, key=lambda field: -WEIGHTS[field])


class Ranking:
    """For these words, each with whether it may go on, as `folding.asked` gives them.

    `terms` are lines. All of them are gone through in C alone: of each asset that a search finds, there may be 2,000.
    """

    def __init__(self, words: Sequence[tuple[str, bool]]) -> None:
        self._exact = {
            f"{letter} {word}": (word, field)
            for word, goes_on in words
            if not goes_on
            for field, letter in LETTERS.items()
        }
        # Of a text as a whole, the line begins with another sign.
        self._begins = [
            [(f"\n{LETTERS[field]} {word}", field) for field in _BEST_FIRST] for word, goes_on in words if goes_on
        ]

    def score(self, terms: str) -> int:
        """The sum of what each word counts in the best of the fields that it is in."""
        best: dict[str, int] = {}
        for term in self._found(terms):
            word, field = self._exact[term]
            best[word] = max(best.get(word, 0), WEIGHTS[field])
        lines = f"\n{terms}"
        return sum(best.values()) + sum(
            next((WEIGHTS[field] for begin, field in begins if begin in lines), 0) for begins in self._begins
        )

    def fields(self, terms: str) -> tuple[TextField, ...]:
        """The fields that have one of the words at least."""
        lines = f"\n{terms}"
        found = {self._exact[term][1] for term in self._found(terms)}
        found |= {field for begins in self._begins for begin, field in begins if begin in lines}
        return tuple(field for field in LETTERS if field in found)

    def _found(self, terms: str) -> Set[str]:
        return self._exact.keys() & terms.split("\n") if self._exact else frozenset()
