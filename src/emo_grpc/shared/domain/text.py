"""Rules for text that people type."""

import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from emo_grpc.shared.domain.errors import FieldViolation, InvalidArgument

T = TypeVar("T")

LINE_BREAKS: Final = frozenset("\n\r\t")


INVISIBLE: Final = ("Cf", "Co", "Cn", "Zl", "Zp")
"""Formats (joiners, marks and turns of direction), private and unassigned ones, and breaks of lines; as of Unicode."""
FILLERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Letters and a symbol that show nothing."""


class Violations:
    """Collects what is wrong with a request, to name all of it at once."""

    def __init__(self) -> None:
        self._found: list[FieldViolation] = []

    def add(self, field: str, description: str) -> None:
        """Note one."""
        self._found.append(FieldViolation(field, description))

    def text(self, field: str, value: str, *, maximum: int, minimum: int = 0, multiline: bool = False) -> None:
        """Check the length in characters, and that no control character is in it.

        `minimum` above 0 also refuses text that is blank. `multiline` allows line breaks and tabs.
        """
        if minimum and not value.strip():
            self.add(field, "must not be blank")
        elif len(value) < minimum:
            self.add(field, f"must have at least {minimum} characters")
        elif len(value) > maximum:
            self.add(field, f"must have at most {maximum} characters, has {len(value)}")
        allowed = LINE_BREAKS if multiline else frozenset[str]()
        if any(unicodedata.category(character) in ("Cc", "Cs") and character not in allowed for character in value):
            self.add(field, "must not contain control characters")

    def identifier(self, field: str, value: str, *, maximum: int, minimum: int = 0) -> None:
        """Check text by which people tell things apart, as `text` does, and that all of it can be seen.

        Nothing in it has no width, or turns the direction of what follows (UTS 39, UTS 55): such texts look the same,
        or like others, and are not.
        """
        self.text(field, value, maximum=maximum, minimum=minimum)
        if any(_is_invisible(character) for character in value):
            self.add(field, "must not contain invisible characters")

    def parse(self, parse: Callable[[], T]) -> T | None:
        """Run a parser of some fields; gives what it reads, or None and keeps what it finds wrong.

        An error with a reason of its own is raised at once: callers act on it, and on its metadata.
        """
        try:
            return parse()
        except InvalidArgument as error:
            if error.reason is not InvalidArgument.reason:
                raise
            self._found.extend(error.violations)
            return None

    def finish(self, make: Callable[[], T]) -> T:
        """Give what is made of parsed fields; raises InvalidArgument with what it finds wrong, and all noted before."""
        made = self.parse(make)
        if made is None:
            raise self.error()
        self.raise_if_any()
        return made

    def raise_if_any(self) -> None:
        """Raise InvalidArgument with everything noted, if anything was."""
        if self._found:
            raise self.error()

    def error(self) -> InvalidArgument:
        """The error that names everything noted."""
        sentence = "; ".join(f"{found.field}: {found.description}" for found in self._found[:3])
        return InvalidArgument(sentence, self._found)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in INVISIBLE or character in FILLERS
