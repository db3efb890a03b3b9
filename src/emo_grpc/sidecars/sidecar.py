"""What a small file beside another one says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from emo_grpc.sidecars.known_date import KnownDate

MAX_BYTES: Final = 4 << 20
"""Of a sidecar; those of photo editors keep every step of the editing, and have some hundred KiB."""


class NotASidecar(Exception):
    """It is none that can be read; its text says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What it says; texts are empty, and the others None, where it says nothing.

    `file_name`: what the file was called before another program named it anew. `is_trashed`: that it was thrown away.
    """

    file_name: str = ""
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    location: str = ""
    date: KnownDate | None = None
    is_bookmarked: bool = False
    is_trashed: bool = False

    def filled_by(self, other: "Sidecar") -> "Sidecar":
        """With what only `other` says, and the tags and people of both."""
        return Sidecar(
            file_name=self.file_name or other.file_name,
            title=self.title or other.title,
            description=self.description or other.description,
            tags=distinct((*self.tags, *other.tags)),
            people=distinct((*self.people, *other.people)),
            location=self.location or other.location,
            date=self.date or other.date,
            is_bookmarked=self.is_bookmarked or other.is_bookmarked,
            is_trashed=self.is_trashed or other.is_trashed,
        )


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Those that say something, each once, in the same order."""
    return tuple(dict.fromkeys(text for each in texts if (text := each.strip())))


def require_small(data: bytes) -> None:
    """Raise NotASidecar for more than MAX_BYTES."""
    if len(data) > MAX_BYTES:
        raise NotASidecar(f"it has more than {MAX_BYTES:,} bytes")
