"""Turns a file name that another person chose into one that is safe to write to."""

import re
import unicodedata
from typing import Final

MAX_BYTES: Final = 200
"""Most file systems take 255 bytes; what is left is for the suffix of a partial file."""

DEVICE_NAMES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)")
"""Names that Windows gives a meaning in every folder, with any extension."""

FORBIDDEN: Final = frozenset('/\\:*?"<>|')
BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that show nothing."""
EDGES: Final = re.compile(r"^[\s.]+|[\s.]+$")
"""Hidden on Unix in front, dropped by Windows at the end."""
SHELL_MEANING: Final = ("-", "~")
"""In front, the one makes an option of a name, the other a home folder."""
PARTIAL: Final = re.compile(r"(\.[0-9a-f]{32})\.part$", re.IGNORECASE)
"""Such names have the partial files of downloads, which nothing finished may pass for."""


def is_partial(name: str) -> bool:
    """Whether a file is called as one that a download grows in."""
    return PARTIAL.search(name) is not None


def safe_file_name(suggested: str, fallback: str) -> str:
    """One path component, at most 200 bytes long: no separators, control or invisible characters, device names, names
    of partial files, leading dots, dashes or tildes, or dots and spaces at its ends. `fallback` is used when nothing is
    left. Characters that a shell reads stay: quotes are for those.
    """
    name = "".join("_" if _is_forbidden(character) else character for character in suggested)
    name = PARTIAL.sub(r"\1_part", EDGES.sub("", name))
    if name.startswith(SHELL_MEANING):
        name = f"_{name[1:]}"
    if DEVICE_NAMES.match(name):
        name = f"_{name}"
    if not name.strip("_. "):
        return fallback
    return _shortened(name)


def _is_forbidden(character: str) -> bool:
    return character in FORBIDDEN | BLANK or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _shortened(name: str) -> str:
    """Cut the stem, and keep the extension if it is a short one."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = MAX_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + extension
