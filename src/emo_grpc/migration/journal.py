"""The list of what was copied out of a folder."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder

FILE_NAME: Final = "moved-ids"
HELD: Final = 10_000
"""Ids in memory before they are written."""


class MigrationJournal:
    """The ids of all that was ever copied out of a folder, a line each.

    It tells the two reasons apart why a target has something that the folder has not: an id that the journal knows was
    deleted from the folder since, any other belongs to somebody else. A line that a crash cut short is of something
    that was not copied yet.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._noted: list[str] = []
        self._known: frozenset[UUID] | None = None

    def knows(self, identity: UUID) -> bool:
        """Whether an earlier run has noted it."""
        if self._known is None:
            self._known = self._read()
        return identity in self._known

    def note(self, identities: Iterable[UUID]) -> None:
        """Add ids; the next `write` makes them durable, or this does when there are many."""
        self._noted += map(str, identities)
        if len(self._noted) >= HELD:
            self.write()

    def write(self) -> None:
        """Make what was noted durable; call it before any of that is copied. Raises CannotStart."""
        if not self._noted:
            return
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write("\n".join(["", *self._noted, ""]))  # first ends a line that a crash cut short
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self._path.parent)
        except OSError as error:
            raise CannotStart(f"can't write {self._path}: {error.strerror}") from error
        self._noted.clear()

    def _read(self) -> frozenset[UUID]:
        try:
            lines = self._path.read_text().splitlines()
        except FileNotFoundError:
            return frozenset()
        return frozenset(identity for line in lines if (identity := _parsed(line)) is not None)


def _parsed(line: str) -> UUID | None:
    try:
        return UUID(line)
    except ValueError:
        return None
