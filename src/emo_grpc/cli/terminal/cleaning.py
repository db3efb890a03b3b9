"""Takes out of texts what could play tricks on a terminal, or on who reads it."""

import json
import re
import unicodedata
from typing import Final

REPLACEMENT: Final = "\ufffd"
UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""General categories of Unicode: controls (ESC, DEL, C1 …), formats (bidi controls, zero widths …), line separators."""
BLANK: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]")
"""Letters and marks that show nothing: Default_Ignorable_Code_Point, but for the selectors that emoji need."""


def clean(text: str, *, keep: str = "") -> str:
    """As long as the text, and safe on one line of any terminal: tricks are spaces, and what is no text is U+FFFD.

    Characters in `keep` stay.
    """
    if text.isprintable() and not BLANK.search(text):
        return text
    return "".join(character if character in keep else _clean(character) for character in text)


def clean_json(content: object, *, indent: int | None = None, encoding: str = "utf-8") -> str:
    r"""JSON with tricks as `\uXXXX`, as well as what `encoding` does not have; what is no text is U+FFFD.

    RFC 8259 section 7 lets any character be escaped; RFC 7493 section 2.1 forbids surrogates that are no pair.
    """
    made = json.dumps(content, indent=indent, ensure_ascii=False)
    if made.isascii() and "\x7f" not in made:
        return made
    return "".join(_escaped(character, encoding) for character in made)


def _clean(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return REPLACEMENT
    return " " if category in UNSAFE_CATEGORIES or BLANK.match(character) else character


def _escaped(character: str, encoding: str) -> str:
    if character == "\n":  # between values; those within them are escaped already
        return character
    cleaned = _clean(character)
    if cleaned == REPLACEMENT:
        character = REPLACEMENT
    elif cleaned != character:
        return json.dumps(character)[1:-1] if character != "\x7f" else r"\u007f"
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(character)[1:-1]
    return character
