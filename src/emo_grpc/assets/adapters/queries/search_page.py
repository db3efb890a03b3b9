"""Builds a page of a search that fits into a message, the same in every database."""

from typing import Final

from emo_grpc.assets.adapters.queries.page_builder import PageBuilder
from emo_grpc.assets.adapters.queries.search import Chosen, Search
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.expressions import TextField
from emo_grpc.assets.service_layer.search import Match, SearchPage
from emo_grpc.assets.service_layer.views import AssetView

FIELDS_BYTES: Final = sum(len(field) + 2 for field in TextField)
"""An upper bound of what the names of fields take."""


class SearchPageBuilder:
    """Takes what a search has chosen, in order, up to MAX_PAGE_BYTES. It always takes one."""

    def __init__(self, search: Search, limit: int) -> None:
        self._search = search
        self._page = PageBuilder(limit, FIELDS_BYTES)
        self._fields: dict[AssetId, tuple[TextField, ...]] = {}
        self._left = len(search.chosen)

    def add(self, chosen: Chosen, asset: AssetView | AssetId, terms: str) -> bool:
        """Take the next one, with an id in place of what can't be read; gives whether it was taken."""
        is_taken = self._page.add(chosen.cursor, asset)
        if is_taken:
            self._left -= 1
            self._fields[AssetId(chosen.asset_id)] = chosen.ranking.fields(terms)
        return is_taken

    def build(self) -> SearchPage:
        """The page of what was taken."""
        search = self._search
        if not self._left and search.cursor is not None:
            self._page.end(search.cursor)
        page = self._page.build()
        matches = [Match(asset, self._fields[asset.asset_id]) for asset in page.items]
        return SearchPage(matches, page.cursor, page.unreadable, search.older_remain)
