"""Builds a page of a list that fits into a message, the same in every database."""

from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetView
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page

MAX_PAGE_BYTES: Final = (3 << 20) - 8192
"""Clients take messages of 4 MiB by default. 8 KiB are left for the token."""

FIXED_BYTES: Final = 460
ID_BYTES: Final = 40
LABEL_BYTES: Final = 4
"""Upper bounds: of all fields but texts and owners, of an id, and of what stands before the text of a label."""


class PageBuilder:
    """Takes rows in order, up to `limit` or MAX_PAGE_BYTES. It always takes one.

    `beside`: what a row takes at most besides its asset, in bytes.
    """

    def __init__(self, limit: int, beside: int = 0) -> None:
        self._limit = limit
        self._beside = beside
        self._room = MAX_PAGE_BYTES
        self._assets: list[AssetView] = []
        self._unreadable: list[UUID] = []
        self._last: Cursor | None = None
        self._is_more = False

    def add(self, cursor: Cursor, asset: AssetView | AssetId) -> bool:
        """Take the next row, with an id in place of what can't be read; gives whether it was taken."""
        count, size = len(self._assets) + len(self._unreadable), max_message_bytes(asset) + self._beside
        if self._is_more or count == self._limit or (count and size > self._room):
            self._is_more = True
            return False
        if isinstance(asset, AssetView):
            self._assets.append(asset)
        else:
            self._unreadable.append(asset.value)
        self._room -= size
        self._last = cursor
        return True

    def end(self, last: Cursor) -> None:
        """End the page after this row, though it is not full: the list goes on there."""
        self._last = last
        self._is_more = True

    def build(self) -> Page[AssetView]:
        """The page of the rows that were taken."""
        return Page(self._assets, self._last if self._is_more else None, self._unreadable)


def max_message_bytes(asset: AssetView | AssetId) -> int:
    """An upper bound of what it takes in a message, in bytes."""
    if isinstance(asset, AssetId):
        return ID_BYTES
    said, file = asset.description, asset.file
    texts = "".join((*said.texts, file.name, file.content_type, *said.labels))
    return FIXED_BYTES + ID_BYTES * len(asset.owner_ids) + LABEL_BYTES * len(said.labels) + len(texts.encode())
