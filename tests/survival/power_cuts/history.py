"""What happened to files, from the first call of a program to the last.

Moments are numbers. A file or a folder is a `Node`, whatever it is called; ROOT is the folder that was there before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

Node = int
ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes go into a file."""

    begin: int
    end: int
    node: Node
    offset: int
    data: bytes = field(repr=False)

    @property
    def synced_with(self) -> tuple[Node, ...]:
        return (self.node,)


@dataclass(frozen=True, slots=True)
class Resize:
    """A file is cut, or made longer with zeros."""

    begin: int
    end: int
    node: Node
    size: int

    @property
    def synced_with(self) -> tuple[Node, ...]:
        return (self.node,)


@dataclass(frozen=True, slots=True)
class Naming:
    """In one step, names in folders mean something else, or nothing: (folder, name, node)."""

    begin: int
    end: int
    changes: tuple[tuple[Node, str, Node | None], ...]

    @property
    def synced_with(self) -> tuple[Node, ...]:
        return tuple(folder for folder, _, _ in self.changes)


@dataclass(frozen=True, slots=True)
class Sync:
    """A file or a folder is made durable. `path` is how it was called then, below ROOT."""

    begin: int
    end: int
    node: Node
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody was told something."""

    begin: int
    end: int
    text: bytes


Change = Write | Resize | Naming


@dataclass(frozen=True, slots=True)
class History:
    """In the order in which things ended. `folders` are nodes; `mapped`, those of files that are shared memory."""

    events: Sequence[Change | Sync | Mark]
    folders: frozenset[Node]
    mapped: frozenset[Node]

    @property
    def changes(self) -> list[Change]:
        return [event for event in self.events if isinstance(event, Write | Resize | Naming)]

    @property
    def syncs(self) -> list[Sync]:
        return [event for event in self.events if isinstance(event, Sync)]

    @property
    def marks(self) -> list[Mark]:
        return [event for event in self.events if isinstance(event, Mark)]

    def without(self, is_left_out: Callable[[str], bool]) -> "History":
        """As if the program had left out its syncs of some paths; AssertionError if it has none of these."""
        events = [event for event in self.events if not (isinstance(event, Sync) and is_left_out(event.path))]
        assert len(events) < len(self.events)
        return History(events, self.folders, self.mapped)
