"""What an import is to bring in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.imports.trees import Entry

MOST_NAMED: Final = 1000
"""Of what a plan can't bring in; an export of somebody bad names a million files that are not in it."""


class CannotImport(OSError):
    """One file can't be brought in; its text says why, for people."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file of a tree, and what makes its asset: that raises CannotImport.

    `crc32c`: what the export says of it; None if it says nothing.
    """

    entry: Entry
    describe: Callable[[], Asset]
    crc32c: int | None = None


@dataclass(slots=True)
class ImportPlan:
    """All files to bring in. `notes`: sentences about what is not, on purpose. `failed`: what can't be, and why.

    `unnamed`: how many more can't be.
    """

    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unnamed: int = 0

    def fail(self, name: str, why: str) -> None:
        """Note one that can't be brought in, by its name as long as few can't."""
        if len(self.failed) < MOST_NAMED:
            self.failed.append((name, why))
        else:
            self.unnamed += 1
