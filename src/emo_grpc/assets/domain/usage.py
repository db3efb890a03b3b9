"""What a user's assets take of what every user may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

BYTES_PER_ASSET: Final = 2048
BYTES_PER_LABEL: Final = 512
LABEL_FACTOR: Final = 8
"""What an asset without labels takes in a database, what each label takes beside its text, and how many times that
text is there: in the record, and in the indexes and counters by which lists find it. Chosen so that a database takes
less than what is counted: SQLite 0.4 to 0.8 of it, with labels that other assets have too and with others."""
FOLDER_FACTOR: Final = 12
"""The same for a folder that it is in or below, whose counters have its path twice. SQLite takes 0.7 to 1.1 of it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts against a user's limits.

    `reserved_bytes` are those of `reserved_bytes_of`. `metadata_bytes` are about those that the database needs for the
    descriptions, `pending_count` the assets whose file is not complete. Of assets that an earlier release stored only
    `reserved_bytes` are counted until they are saved again.
    """

    reserved_bytes: int = 0
    metadata_bytes: int = 0
    pending_count: int = 0


def reserved_bytes_of(declared_size: int, persisted_size: int) -> int:
    """What a file counts against the quota, in plaintext bytes; of a complete one, both sizes are its size.

    So declared bytes are reserved from the beginning, and bytes that came beyond them are counted too.
    """
    return max(declared_size, persisted_size)


def metadata_bytes_of(texts: Iterable[str], labels: Iterable[str], folders: Iterable[str]) -> int:
    """About the bytes that a database needs for an asset with these texts, and labels and folders to find it by."""
    return (
        BYTES_PER_ASSET
        + sum(len(text.encode()) for text in texts)
        + sum(BYTES_PER_LABEL + LABEL_FACTOR * len(label.encode()) for label in labels)
        + folder_bytes_of(folders)
    )


def folder_bytes_of(folders: Iterable[str]) -> int:
    """What the folders that an asset is in or below, but for the top, add to that."""
    return sum(BYTES_PER_LABEL + FOLDER_FACTOR * len(folder.encode()) for folder in folders)
