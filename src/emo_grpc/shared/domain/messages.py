"""The two kinds of message: what is asked for, and what has happened."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Generic, TypeVar

Result_co = TypeVar("Result_co", covariant=True)


class Command(Generic[Result_co]):
    """Something asked for, named in the imperative; its handler returns its result."""

    __slots__ = ()

    @property
    def subject(self) -> Hashable:
        """Whose things it changes: commands of the same subject get in each other's way, others hardly ever do."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened, named in the past. Its fields are ids, texts, numbers and times.

    `dead_for` is how long a dead letter of it is worth keeping; None: as long as it takes until what follows from it is
    done, since nobody else would do it.
    """

    dead_for: ClassVar[timedelta | None] = None
