"""The folder that an asset is in: a path of names."""

import unicodedata
from typing import Final

from emo_grpc.shared.domain.text import Violations

MAX_FOLDER_BYTES: Final = 1024
SEPARATOR: Final = "/"
TOP: Final = ""
NO_NAMES: Final = frozenset({"", ".", ".."})


def check_folder(violations: Violations, field: str, folder: str) -> None:
    """Names with `/` between them, in NFC; empty is the top."""
    violations.text(field, folder, maximum=MAX_FOLDER_BYTES)
    if len(folder.encode(errors="replace")) > MAX_FOLDER_BYTES:
        violations.add(field, f"must have at most {MAX_FOLDER_BYTES} bytes")
    if folder and NO_NAMES.intersection(folder.split(SEPARATOR)):
        violations.add(field, "must be names with one / between them, none of them . or ..")
    if not unicodedata.is_normalized("NFC", folder):
        violations.add(field, "must be in Unicode's form NFC")


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
