"""Where an import comes from: a folder, or a ZIP file, as a tree of files."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Protocol

from emo_grpc.client import ByteSource


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree: where it is, seen from the top, with `/`; and its plaintext bytes."""

    name: str
    size: int

    @property
    def path(self) -> PurePosixPath:
        """Made each time, since it takes several times the memory of its text, and there may be a million."""
        return PurePosixPath(self.name)


@dataclass(slots=True)
class Contents:
    """The files of a tree. `left_out`: how many are none of them on purpose. `failed`: which can't be read, and why."""

    entries: list[Entry] = field(default_factory=list)
    left_out: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


class Tree(Protocol):
    """Obligations: no path leads out of it, none is there twice, and nothing is a link."""

    @property
    def contents(self) -> Contents:
        """All files."""
        ...

    @property
    def has_checksums(self) -> bool:
        """Whether reading a file to its end tells if it is damaged, so that this is done before anything is sent."""
        ...

    def read(self, entry: Entry) -> bytes:
        """All bytes of a small file. Blocking. Raises OSError."""
        ...

    def stream(self, entry: Entry) -> AbstractContextManager[IO[bytes]]:
        """Open it to be read from its start. Blocking. Raises OSError, also while it is read."""
        ...

    def open(self, entry: Entry) -> AbstractAsyncContextManager[ByteSource]:
        """Open it for an upload. Raises OSError, also while it is read."""
        ...


def entries_by_path(entries: Sequence[Entry]) -> dict[str, Entry]:
    """By their paths, as texts."""
    return {each.name: each for each in entries}
