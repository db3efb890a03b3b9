"""How text is compared: without regard to case, accents and width, word by word; the same in every database.

Languages that are written without spaces have no words here but pairs of neighbours (bigrams), and each run's last
character alone: so 誕生日 finds 祖母の誕生日.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

MAX_WORD: Final = 64
"""Characters; a longer word is found by its beginning."""

FIRST: Final = "\x01"
"""Comes before every character of a word."""

LAST: Final = "\U0010ffff"
"""Comes after every character of a word."""

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "\u0131": "i", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart, and that people leave out where their keyboard has none."""

_ELA_GEMINADA: Final = re.compile("(?<=l)[·‧•∙⋅]+(?=l)")
"""The dot in the Catalan l·l is part of a word, and as often left out."""

_SPACELESS: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3031-\u3035\u3041-\u30fa\u30fc-\u30ff"
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(f"([{_SPACELESS}{_HAN}]+)|([^{_SPACELESS}{_HAN}]+)")
"""What is written without spaces (Thai, Lao, Burmese, Khmer, Japanese, Chinese), and what is not."""
_ASCII_RUN: Final = re.compile("[a-z0-9]+")


def folded(text: str) -> str:
    """The text as it is compared (Unicode's NFKC and case folding, less accents and vowel points)."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(character for character in apart if not _is_accent(character))
    return _ELA_GEMINADA.sub("", unicodedata.normalize("NFC", bare).translate(_LETTERS))


def whole(text: str) -> str:
    """The folded text on one line, with single spaces."""
    return " ".join(folded(text).split())


def words(text: str) -> list[str]:
    """The words that a text is found by, in order."""
    return [word for run, is_spaceless in _runs(text) for word in (_pairs(run) if is_spaceless else (run[:MAX_WORD],))]


def asked(text: str, *, is_prefix: bool) -> list[tuple[str, bool]]:
    """The words that must be there for a text to be found, and whether each may go on: the last one if `is_prefix`.

    A single character of a language without spaces may always: it is where a pair begins.
    """
    found = [
        (word, is_spaceless and len(run) == 1)
        for run, is_spaceless in _runs(text)
        for word in (_pairs(run)[: max(1, len(run) - 1)] if is_spaceless else (run[:MAX_WORD],))
    ]
    if found and is_prefix:
        found[-1] = (found[-1][0], True)
    return list(dict.fromkeys(found))


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of letters, digits and marks, symbols (as emoji) one by one; and whether each is written without spaces."""
    bare = folded(text)
    if bare.isascii():  # as most texts are; character by character it would take five times as long
        yield from ((run, False) for run in _ASCII_RUN.findall(bare))
        return
    letters = bare if bare.isalnum() else "".join(_letter_or_space(character) for character in bare)
    for run in letters.split():
        for found in _RUN.finditer(run):
            yield found[0], found[1] is not None


def _letter_or_space(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] in "LNM":
        return character
    return f" {character} " if kind == "So" else " "


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def _is_accent(character: str) -> bool:
    """Whether it is a mark that readers can do without.

    By its combining class (UAX 44): Hebrew and Arabic points (10 to 36), and what stands above, below or through a
    letter (from 200, and 1). Marks of other classes are letters of their own: Japanese, Indic, Thai.
    """
    order = unicodedata.combining(character)
    return order == 1 or 10 <= order <= 36 or order >= 200
