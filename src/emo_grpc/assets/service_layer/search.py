"""The port of searches: assets by words, best matches first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from emo_grpc.assets.service_layer.expressions import TextField
from emo_grpc.assets.service_layer.views import AssetFilter, AssetView
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Whose assets, by which words, which of them, how many.

    All words of `text` must be there, in any field of text; the last one may go on. `after` is the `SearchPage.cursor`
    of the page before.
    """

    owner_id: UserId
    text: str
    limit: int
    filter: AssetFilter
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An asset, and the fields that have words of the query, in the order of what they count."""

    asset: AssetView
    fields: Sequence[TextField]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some matches; `cursor` is None on the last page.

    `unreadable` are the ids of those that belong on it too, but whose records are damaged. `older_remain`: the matches
    were ranked among those assets that were looked at, and there are older ones, which later pages rank by themselves.
    """

    matches: Sequence[Match]
    cursor: Cursor | None
    unreadable: Sequence[UUID] = ()
    older_remain: bool = False


class AssetSearch(Protocol):
    """The port. It reads one committed snapshot, and each look of it is backed by an index or bounded."""

    async def page(self, query: SearchQuery) -> SearchPage:
        """A page; takes the same time however many assets the owner has.

        What has all words as they are comes first, then what has the last one as the beginning of another. Within each,
        every word counts by the best of the fields that it is in (see `documents/ranking.py`), and of those that count
        the same the latest is first. Together all pages hold each match once, as long as nothing changes meanwhile. A
        page may hold few or none and yet have a cursor; it ends early rather than to make a message of more than 3 MiB.
        """
        ...
