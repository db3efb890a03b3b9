"""Moving a folder with all that is in it and below it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.folder import (
    MAX_FOLDER_BYTES,
    MAX_FOLDER_NAMES,
    SEPARATOR,
    TOP,
    check_folder,
    check_place,
    has_room,
    labels_of,
    names_in,
)
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import FOLDER_FACTOR, folder_bytes_of
from emo_grpc.shared.domain.text import Violations

MAX_MOVED_FOLDERS: Final = 100_000


@dataclass(frozen=True, slots=True)
class FolderExtent:
    """What is in a folder and below it: how many assets, how many folders, and of their paths the longest in bytes,
    and the deepest in names.

    `steps` are those from it down to the folder of each asset, all together.
    """

    count: int
    folders: int = 0
    steps: int = 0
    longest: int = 0
    deepest: int = 0


@dataclass(frozen=True, slots=True)
class FolderRename:
    """From where to where. A destination that is there takes in what comes, under the names that it has."""

    source: str
    destination: str

    def __post_init__(self) -> None:
        violations = Violations()
        check_folder(violations, "source", self.source)
        check_place(violations, "destination", self.destination)
        if self.source == TOP:
            violations.add("source", "must not be empty: nothing is outside of the top")
        elif self._holds(self.destination):
            violations.add("destination", "must not be the folder itself, or lie below it")
        violations.raise_if_any()

    def of(self, folder: str) -> str:
        """Where a folder goes; it stays if it is not among those that move, or nothing may be in where it would go."""
        if not self._holds(folder):
            return folder
        rest = folder[len(self.source) + 1 :]
        moved = SEPARATOR.join(filter(None, (self.destination, rest)))
        return moved if has_room(moved) else folder

    def bytes_of(self, folder: str) -> int:
        """What the folders that an asset of this one then lies below add to its metadata bytes."""
        return folder_bytes_of(labels_of(self.of(folder)))

    def check_paths(self, extent: FolderExtent) -> None:
        """Raise InvalidArgument if a path would be too long, or too deep."""
        violations = Violations()
        if extent.longest + self._longer > MAX_FOLDER_BYTES:
            violations.add("destination", f"would make a path of more than {MAX_FOLDER_BYTES} bytes")
        if extent.deepest + self._deeper > MAX_FOLDER_NAMES:
            violations.add("destination", f"would make a path of more than {MAX_FOLDER_NAMES} names")
        violations.raise_if_any()

    def metadata_bytes(self, extent: FolderExtent) -> int:
        """About how many metadata bytes more all assets have then; less than 0 if they have fewer."""
        whole = folder_bytes_of(labels_of(self.destination)) - folder_bytes_of(labels_of(self.source))
        return extent.count * (whole + self._longer) + extent.steps * FOLDER_FACTOR * self._longer

    def _holds(self, folder: str) -> bool:
        return f"{folder}{SEPARATOR}".startswith(f"{self.source}{SEPARATOR}")

    @property
    def _longer(self) -> int:
        """Bytes; of a move to the top one too many."""
        return len(self.destination.encode()) - len(self.source.encode())

    @property
    def _deeper(self) -> int:
        """Names."""
        return names_in(self.destination) - names_in(self.source)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an asset stands among those of a folder, which never changes."""

    create_time: datetime
    asset_id: AssetId


@dataclass(frozen=True, slots=True)
class FolderMove:
    """A move of an owner's that is under way, and about how many assets are still where they were."""

    move_id: UUID
    left: int
