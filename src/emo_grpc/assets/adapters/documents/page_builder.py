"""A page of a list while it is filled, the same in every database."""

from typing import Final

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetPage, AssetView
from emo_grpc.shared.service_layer.page_tokens import Cursor

MAX_PAGE_BYTES: Final = (3 << 20) - 8192
"""Clients take messages of 4 MiB by default. 8 KiB are left for the token."""

BESIDE_TEXTS: Final = 400
OWNER_BYTES: Final = 40
LABEL_BYTES: Final = 4
"""More than ids, times, numbers, tags and lengths of fields take in a message."""


class PageInMaking:
    """Takes rows in order until it is full. It always takes one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._room = MAX_PAGE_BYTES
        self._assets: list[AssetView] = []
        self._unreadable: list[AssetId] = []
        self._last: Cursor | None = None
        self._is_more = False

    def add(self, cursor: Cursor, asset: AssetView | AssetId) -> bool:
        """Take the next row, with an id in place of what can't be read; gives whether it was taken."""
        count, size = len(self._assets) + len(self._unreadable), most_bytes(asset)
        if self._is_more or count == self._limit or (count and size > self._room):
            self._is_more = True
            return False
        if isinstance(asset, AssetView):
            self._assets.append(asset)
        else:
            self._unreadable.append(asset)
        self._room -= size
        self._last = cursor
        return True

    def page(self) -> AssetPage:
        """What was taken."""
        return AssetPage(self._assets, self._last if self._is_more else None, self._unreadable)


def most_bytes(asset: AssetView | AssetId) -> int:
    """No fewer than a message takes that shows it."""
    if isinstance(asset, AssetId):
        return OWNER_BYTES
    said, file = asset.description, asset.file
    labels = (*said.tags, *said.people)
    texts = "".join((said.title, said.description, said.location, file.name, file.content_type, *labels))
    return BESIDE_TEXTS + OWNER_BYTES * len(asset.owner_ids) + LABEL_BYTES * len(labels) + len(texts.encode())
