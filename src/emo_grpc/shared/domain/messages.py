"""The two kinds of message: what is asked for, and what has happened."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Result_co = TypeVar("Result_co", covariant=True)


class Command(Generic[Result_co]):
    """Something asked for, named in the imperative; its handler returns its result."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened, named in the past. Its fields are ids, texts, numbers and times."""
