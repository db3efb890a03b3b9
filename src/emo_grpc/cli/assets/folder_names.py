"""Folders of the vault, and what folders of a disk are called there."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from emo_grpc.cli.failures import Refusal

SEPARATOR: Final = "/"
MAX_BYTES: Final = 1024
MAX_NAMES: Final = 64
"""See Asset.folder in the contract."""
TOO_LONG: Final = f"its folder would have more than {MAX_BYTES:,} bytes"
TOO_DEEP: Final = f"its folder would lie deeper than {MAX_NAMES} folders"
REPLACEMENT: Final = "\ufffd"


def given_folder(text: str) -> str:
    """The folder that a person has typed; slashes at its ends, or two for one, mean nothing. Raises Refusal."""
    names = [name for name in text.split(SEPARATOR) if name]
    if {".", ".."}.intersection(names):
        raise Refusal(f"{text}: a folder of the vault is told from its top, without . or ..")
    return folder_of(names)


def folder_of(names: Sequence[str]) -> str:
    """The folder of names on a disk."""
    return SEPARATOR.join(map(kept_name, names))


def below(folder: str, inner: str) -> str:
    """A folder in another; either may be the top."""
    return SEPARATOR.join(filter(None, (folder, inner)))


def is_within(folder: str, outer: str) -> bool:
    """Whether it is the other one, or lies below it; all lie below the top."""
    return not outer or f"{folder}{SEPARATOR}".startswith(f"{outer}{SEPARATOR}")


def kept_name(name: str) -> str:
    """In form NFC; what is no text, and control characters, become a replacement character."""
    return unicodedata.normalize("NFC", "".join(map(_kept, name)))


def is_kept(name: str) -> bool:
    """Whether a name on a disk is the same in the vault, but for its form of Unicode."""
    return kept_name(name) == unicodedata.normalize("NFC", name)


def why_nothing_fits(folder: str) -> str:
    """Why no asset can be in it, for people; empty if one can."""
    if len(folder.encode()) > MAX_BYTES:
        return TOO_LONG
    return TOO_DEEP if folder.count(SEPARATOR) >= MAX_NAMES else ""


def _kept(character: str) -> str:
    return REPLACEMENT if unicodedata.category(character) in ("Cc", "Cs") else character
