"""The folder that an asset is in: a path of names."""

import unicodedata
from typing import Final

from emo_grpc.shared.domain.text import Violations

MAX_FOLDER_BYTES: Final = 1024
MAX_FOLDER_NAMES: Final = 64
"""An asset is listed and counted in each folder that it is below, so a deep one costs as many assets would."""
SEPARATOR: Final = "/"
TOP: Final = ""
NO_NAMES: Final = frozenset({"", ".", ".."})


def check_place(violations: Violations, field: str, folder: str) -> None:
    """A folder that something is put into."""
    check_folder(violations, field, folder)
    if names_in(folder) > MAX_FOLDER_NAMES:
        violations.add(field, f"must have at most {MAX_FOLDER_NAMES} names")


def check_folder(violations: Violations, field: str, folder: str) -> None:
    """Names with `/` between them, in NFC; empty is the top. There may be deeper ones than `check_place` lets in."""
    violations.text(field, folder, maximum=MAX_FOLDER_BYTES)
    if len(folder.encode(errors="replace")) > MAX_FOLDER_BYTES:
        violations.add(field, f"must have at most {MAX_FOLDER_BYTES} bytes")
    if folder and NO_NAMES.intersection(folder.split(SEPARATOR)):
        violations.add(field, "must be names with one / between them, none of them . or ..")
    if not unicodedata.is_normalized("NFC", folder):
        violations.add(field, "must be in Unicode's form NFC")


def has_room(folder: str) -> bool:
    """Whether something may be in it."""
    return len(folder.encode()) <= MAX_FOLDER_BYTES and names_in(folder) <= MAX_FOLDER_NAMES


def names_in(folder: str) -> int:
    """How deep it lies: how many names its path has."""
    return folder.count(SEPARATOR) + 1 if folder else 0


def parent_of(folder: str) -> str:
    """The folder that it lies in; the top lies in itself."""
    return folder.rpartition(SEPARATOR)[0]


def within(folder: str) -> list[str]:
    """It and all folders that it lies in, the top first."""
    names = folder.split(SEPARATOR) if folder else []
    return [SEPARATOR.join(names[:count]) for count in range(len(names) + 1)]


def labels_of(folder: str) -> list[str]:
    """The folders by which lists with all that is below them find what is in it: not the top, below which all is."""
    return within(folder)[1:]
