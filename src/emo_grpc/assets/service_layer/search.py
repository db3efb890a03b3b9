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

    All words of `text` must be there, in any field of text; the last one may be the beginning of a word. `after` is the
    `SearchPage.cursor` of the page before.
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

        First come the assets that have all words in full, then those in which the last one only begins a word. Within
        both, each word counts by the best field that has it (see `queries/ranking.py`); of equal sums the latest is
        first. All pages together hold each match once, as long as nothing changes meanwhile. A page may hold few
        matches or none and still have a cursor. It ends early rather than make a message of more than 3 MiB.
        """
        ...
