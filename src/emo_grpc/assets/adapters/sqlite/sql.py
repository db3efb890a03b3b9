"""Pieces of SQL with their values."""

from collections.abc import Sequence
from dataclasses import dataclass

Value = str | int | bytes


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the values of its parameters."""

    text: str
    values: tuple[Value, ...] = ()


def joined(word: str, parts: Sequence[Sql], nothing: str) -> Sql:
    """The parts with AND or OR between them, in brackets by halves: SQLite takes 1,000 levels of a tree at most."""
    if not parts:
        return Sql(nothing)
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(word, parts[:middle], nothing), joined(word, parts[middle:], nothing)
    return Sql(f"({left.text} {word} {right.text})", left.values + right.values)
