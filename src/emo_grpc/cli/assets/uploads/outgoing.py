"""Decides which folder each file goes into."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emo_grpc.cli.assets.folder_names import below, folder_of, is_kept, why_nothing_fits
from emo_grpc.cli.assets.uploads.upload_paths import ChosenFiles, FoundFile
from emo_grpc.cli.terminal.printing import print_error


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file, the folder of the vault that it goes into, and its size in bytes when it was found."""

    path: Path
    folder: str = ""
    size: int = 0


def placed(chosen: ChosenFiles, into: str, *, flat: bool) -> list[OutgoingFile]:
    """The chosen files with their folders: below `into`, as on the disk unless `flat`.

    A folder whose name can't be kept as it is, is told once. What can't be in any folder is added to those that failed.
    """
    outgoing, told = [], set[tuple[str, ...]]()
    for found in chosen.files:
        names = () if flat else found.names
        folder = below(into, folder_of(names))
        if reason := why_nothing_fits(folder):
            chosen.failed.append((found.path, f"{reason}; --flat and --into choose another"))
            continue
        if names not in told and not all(map(is_kept, names)):
            _tell(found, folder)
        told.add(names)
        outgoing.append(OutgoingFile(found.path, folder, found.size))
    return outgoing


def total_size(files: Iterable[OutgoingFile]) -> int:
    """Bytes of all of them."""
    return sum(each.size for each in files)


def _tell(found: FoundFile, folder: str) -> None:
    print_error(f"{found.path.parent}: what is no text in its name is not kept; the folder is called {folder}")
