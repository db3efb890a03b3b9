"""Values of filters, as they are written."""

import re
from dataclasses import dataclass
from typing import Final

from lark import Token

from emo_grpc.assets.domain.errors import InvalidFilter
from emo_grpc.assets.entrypoints.filtering.grammar import position_of

ANY: Final = "*"
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    r"""A word, or a text without its quotes and with `\"`, `\\` and `\*` for what they escape.

    `is_prefix`: a `*` ended it, which is not in `text`. `position`: its first character in the filter, from 0.
    """

    text: str
    position: int
    is_prefix: bool = False

    @property
    def is_any(self) -> bool:
        """Whether it is `*` alone."""
        return self.is_prefix and not self.text


def value_of(token: Token) -> Value:
    """Read it; raises InvalidFilter if there is a `*` that is neither its end nor escaped."""
    is_quoted = token.type == "TEXT"
    written = token[1:-1] if is_quoted else str(token)
    parts = _ESCAPED.split(written) if is_quoted else [written]
    plain, last = parts[::2], parts[-1]
    is_prefix = last.endswith(ANY)
    if ANY in "".join((*plain[:-1], last[:-1] if is_prefix else last)):
        raise InvalidFilter(r"* may only be the end of a value; \* in quotes is an asterisk", position_of(token))
    text = "".join(parts)
    return Value(text[:-1] if is_prefix else text, position_of(token), is_prefix)
