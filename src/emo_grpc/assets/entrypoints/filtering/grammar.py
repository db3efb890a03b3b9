"""The grammar of filters: that of AIP-160 (google.aip.dev/160), without functions.

As there, `OR` binds more tightly than words that follow one another, and these more tightly than `AND`. Names of fields
may have dots, so a dot is a character like others. Parsing is LALR: one pass, whatever the text.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from emo_grpc.assets.domain.errors import InvalidFilter

MAX_CHARACTERS: Final = 2000
MAX_DEPTH: Final = 20
"""Brackets within brackets."""
MAX_WORDS: Final = 100
"""Names of fields among them. The engines look for each on every row that they test."""
SHOWN: Final = 40
"""Characters of what is out of place that an error repeats."""

GRAMMAR: Final = r"""
start: conjunction?
?conjunction: sequence (_AND sequence)*
?sequence: alternative+
?alternative: term (_OR term)*
?term: (_NOT | _MINUS) simple -> negation
    | simple
?simple: restriction | _OPEN conjunction _CLOSE
restriction: _value (COMPARATOR argument)?
?argument: _value | _OPEN conjunction _CLOSE -> several
_value: WORD | TEXT | MOMENT

_AND: "AND"
_OR: "OR"
_NOT: "NOT"
_MINUS: /-(?=[^\s-])/
_OPEN: "("
_CLOSE: ")"
COMPARATOR: "<=" | "<" | ">=" | ">" | "!=" | "=" | ":"
MOMENT.1: /\d{4}-\d\d-\d\d[Tt][^\s()<>=!,"']*/
TEXT: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/s
WORD: /(?!-)(?:[^\s()<>=:!,"']|!(?!=))(?:[^\s()<>=:!,"]|!(?!=))*/
%ignore /\s+/
"""

_STEPS: Final = {"_OPEN": 1, "_CLOSE": -1}
_WORD: Final = re.compile("[^\\W\u0e00-\U0010ffff]+|[\u0e00-\U0010ffff]")
_CALL: Final = ("WORD", "_OPEN")
VALUE: Final = frozenset({"WORD", "TEXT", "MOMENT"})
WORDS: Final = {
    **dict.fromkeys(sorted(VALUE), "a word or a text in quotes"),
    "_OPEN": "(",
    "COMPARATOR": "one of = != < <= > >= :",
    "_AND": "AND",
    "_OR": "OR",
    "_CLOSE": ")",
    "$END": "the end",
}
"""What a reader of an error knows the terminals by; what may stand where a word may is left out."""


def parse(text: str) -> Tree[Token]:
    """The tree of a filter of at most MAX_CHARACTERS; raises InvalidFilter."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidFilter(f"must have at most {MAX_CHARACTERS} characters, has {len(text)}", MAX_CHARACTERS)
    try:
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        position: Any = error.pos_in_stream  # Any: lark declares that it is None
        raise _odd_character(text, position) from None
    except UnexpectedToken as error:
        raise _out_of_place(text, error) from None


class _Order:
    """Looks at the terminals as they come, for what the grammar can't say. It holds nothing between texts."""

    always_accept: tuple[str, ...] = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth, words, before = 0, 0, None
        for token in stream:
            depth += _STEPS.get(token.type, 0)
            words += words_in(token) if token.type in VALUE else 0
            _check(token, before, depth, words)
            yield token
            before = token


def words_in(text: str) -> int:
    """At least as many as are looked for: of languages without spaces, and of emoji, each character counts."""
    return max(1, len(_WORD.findall(text)))


def _check(token: Token, before: Token | None, depth: int, words: int) -> None:
    if words > MAX_WORDS:
        raise InvalidFilter(f"must have at most {MAX_WORDS} words", position_of(token))
    if depth > MAX_DEPTH:
        raise InvalidFilter(f"must have at most {MAX_DEPTH} brackets within one another", position_of(token))
    is_call = before is not None and before.end_pos == token.start_pos and (before.type, token.type) == _CALL
    if before is not None and is_call:
        raise InvalidFilter(f"there are no functions such as {before[:SHOWN]}()", position_of(before))


@cache
def _parser() -> Lark:
    # Of the lexers of lark only the basic one tells keywords wherever they stand: `a OR OR b` is no search for OR.
    return Lark(GRAMMAR, parser="lalr", lexer="basic", postlex=_Order())


def position_of(token: Token) -> int:
    """Its first character, from 0."""
    return token.start_pos or 0


def _odd_character(text: str, position: int) -> InvalidFilter:
    character = text[position]
    if character in "\"'":
        return InvalidFilter("a quote is not closed", position)
    if character == "-":
        return InvalidFilter("- stands right before what is not wanted; as text it goes in quotes", position)
    return InvalidFilter(f"{character} goes in quotes", position)


def _out_of_place(text: str, error: UnexpectedToken) -> InvalidFilter:
    is_end = error.token.type == "$END"
    expected = " or ".join(dict.fromkeys(words for name, words in WORDS.items() if name in _accepted(error)))
    found = "the end" if is_end else error.token[:SHOWN]
    return InvalidFilter(f"expected {expected}, found {found}", len(text) if is_end else position_of(error.token))


def _accepted(error: UnexpectedToken) -> set[str]:
    accepted: set[str] = error.accepts
    return accepted
