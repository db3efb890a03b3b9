"""Finds a username for somebody who was asked for none."""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from typing import Final

MAX_STEM: Final = 24
MIN_STEM: Final = 3
NOT_IN_USERNAMES: Final = re.compile(r"[^a-z0-9._-]+")


def usernames_like(wish: str, email: str) -> Iterator[str]:
    """Valid usernames without end: the wish or what stands before the @ as far as it goes, then variations of it."""
    stem = _stem(wish) or _stem(email.partition("@")[0]) or "user"
    if stem != "user":
        yield stem
    while True:
        yield f"{stem}-{secrets.token_hex(3)}"


def _stem(text: str) -> str:
    """What of a text may stand in a username; empty if that is too little to be recognized."""
    plain = unicodedata.normalize("NFKD", text.partition("@")[0]).encode("ascii", "ignore").decode().lower()
    found = NOT_IN_USERNAMES.sub("-", plain).strip("-._")[:MAX_STEM]
    return found if len(found) >= MIN_STEM else ""
