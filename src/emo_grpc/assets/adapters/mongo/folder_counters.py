"""What each folder of an owner counts, on MongoDB.

A document for each folder that an asset of the owner is in, or below; its `_id` has the folder that it lies in first,
so that the folders right below one are a range. The counters of the top are among those of the owner's usage, which
each asset changes anyway.
"""

from collections import Counter
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.folder import TOP, labels_of, parent_of
from emo_grpc.shared.adapters.mongo.documents import Document

ASSET_COUNT: Final = "asset_count"
FIELDS: Final = (ASSET_COUNT, "complete_bytes", "own_count", "own_bytes")
TOP_PREFIX: Final = "top."
"""Before the names of the same fields in the document of the usage."""


def counter_id(owner_id: UUID, folder: str) -> Document:
    """Of the counters of a folder that is not the top."""
    return {"owner_id": owner_id, "parent": parent_of(folder), "folder": folder}


def folder_counts(folder: str | None, complete_bytes: int) -> dict[str, Counter[str]]:
    """What an asset in this folder adds to it and to each above it but the top; nothing without a folder."""
    return {each: _counts(complete_bytes, is_own=each == folder) for each in labels_of(folder or TOP)}


def top_counts(folder: str | None, complete_bytes: int) -> Counter[str]:
    """What it adds to the top, by the names among the counters of usage."""
    counts = Counter[str]() if folder is None else _counts(complete_bytes, is_own=folder == TOP)
    return Counter({TOP_PREFIX + name: count for name, count in counts.items()})


def folder_found_by(found_by: list[str]) -> str | None:
    """The folder of an asset that is found by these lists; None if it was listed by a release that knew of none."""
    lists = (name.split(" ", 2) for name in found_by if name.count(" ") > 1)
    return next((value for _, facet, value in lists if facet == "folder"), None)


def _counts(complete_bytes: int, *, is_own: bool) -> Counter[str]:
    own = {"own_count": 1, "own_bytes": complete_bytes} if is_own else {}
    return Counter({ASSET_COUNT: 1, "complete_bytes": complete_bytes, **own})
