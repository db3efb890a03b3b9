"""How well an asset matches the words of a search, by its terms (see terms.py); the same in every database."""

from collections.abc import Iterator, Sequence
from typing import Final

from emo_grpc.assets.adapters.documents.terms import LETTERS
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

_FIELDS: Final = {letter: field for field, letter in LETTERS.items()}


class Ranking:
    """For these words, each with whether it may go on, as `folding.asked` gives them."""

    def __init__(self, words: Sequence[tuple[str, bool]]) -> None:
        self._exact = {
            f"{letter} {word}": (word, field)
            for word, goes_on in words
            if not goes_on
            for field, letter in LETTERS.items()
        }
        self._begins = tuple(word for word, goes_on in words if goes_on)

    def score(self, terms: Sequence[str]) -> int:
        """The sum of what each word counts in the best of the fields that it is in."""
        best: dict[str, int] = {}
        for word, field in self._found(terms):
            best[word] = max(best.get(word, 0), WEIGHTS[field])
        return sum(best.values())

    def fields(self, terms: Sequence[str]) -> tuple[TextField, ...]:
        """The fields that have one of the words at least."""
        found = {field for _, field in self._found(terms)}
        return tuple(field for field in LETTERS if field in found)

    def _found(self, terms: Sequence[str]) -> Iterator[tuple[str, TextField]]:
        for term in self._exact.keys() & terms:
            yield self._exact[term]
        for term in terms if self._begins else ():
            # Of a text as a whole, this is a blank.
            if term.startswith(self._begins, 2):
                field = _FIELDS[term[0]]
                yield from ((word, field) for word in self._begins if term.startswith(word, 2))
