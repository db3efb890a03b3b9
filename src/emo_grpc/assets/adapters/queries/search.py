"""How a search goes from page to page, the same in every database.

It ranks what one look finds: the matches among so many assets as a page of a list looks at (drivers.py), the latest
ones first. When these were shown, the next look begins behind them. So a page costs the same however many assets there
are, and a search comes to each in the end. It looks for all words as they are, to the end, and then for what has the
last one as the beginning of another: an index leads straight to the first, and people type words to their end.

A cursor says where the look begins and ends, and the rank that was shown last. So what is made meanwhile is on no page,
and what goes leaves no gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self
from uuid import UUID

from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.adapters.queries.folding import asked
from emo_grpc.assets.adapters.queries.listing import NEVER
from emo_grpc.assets.adapters.queries.ranking import Ranking
from emo_grpc.assets.service_layer.expressions import AllOf, Between, Expression, Not, RangeField, Says
from emo_grpc.assets.service_layer.search import SearchQuery
from emo_grpc.assets.service_layer.views import AssetQuery
from emo_grpc.shared.service_layer.page_tokens import Cursor

Place = tuple[int, UUID]
"""A create_time and an id: where an asset stands in the order of their making."""

Rank = tuple[int, int, UUID]
"""A score and a place; the greatest is shown first."""

LOWEST_ID: Final = UUID(int=0)
LATEST: Final[Place] = (-NEVER, LOWEST_ID)
EARLIEST: Final[Place] = (NEVER, LOWEST_ID)
HIGHEST: Final[Rank] = (-NEVER, *LATEST)
"""Beyond all that there are."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The assets of a look: made before `after`, down to `last`, this one included; those to the rank `shown` were.

    `goes_on`: it is for those in which the last word is the beginning of another.
    """

    goes_on: bool = False
    after: Place = LATEST
    last: Place = EARLIEST
    shown: Rank = HIGHEST

    @classmethod
    def of(cls, cursor: Cursor) -> Self:
        """That whose cursor it is."""
        goes_on, after_time, after_id, last_time, last_id, score, *shown = cursor
        place = _place(*shown)
        return cls(bool(goes_on), _place(after_time, after_id), _place(last_time, last_id), (int(str(score)), *place))

    @property
    def cursor(self) -> Cursor:
        """Where a page ends."""
        values = (int(self.goes_on), *self.after, *self.last, *self.shown)
        return tuple(str(value) if isinstance(value, UUID) else value for value in values)


class Chosen(NamedTuple):
    """A match of a page, the page's cursor if it is the last one, and what tells its fields."""

    asset_id: UUID
    cursor: Cursor
    ranking: Ranking


class Look:
    """Ranks what is found in a stretch."""

    def __init__(self, query: SearchQuery, stretch: Stretch) -> None:
        self._query = query
        self._stretch = stretch
        self._ranks: list[Rank] = []
        self.ranking = Ranking(asked(query.text, is_prefix=stretch.goes_on))

    @property
    def query(self) -> AssetQuery:
        """The list to look at, as far as a page of it does."""
        after_time, after_id = self._stretch.after
        chosen = self._query.filter
        parts = [*([] if chosen.expression is None else [chosen.expression]), *self._said()]
        return AssetQuery(
            self._query.owner_id,
            drivers.MOST_LOOKED_AT,
            replace(chosen, expression=AllOf(tuple(parts))),
            after=(after_time, str(after_id)),
        )

    def take(self, cursor: Cursor, terms: str) -> None:
        """Rank a match by its terms, which are lines; `cursor` is that of the list."""
        place = _place(*cursor)
        if place >= self._stretch.last:
            self._ranks.append((self.ranking.score(terms), *place))

    def looked(self, end: Cursor | None) -> Stretch:
        """What was looked at; `end`: the cursor of the last one if there are others beyond it."""
        after, last = self._stretch.after, self._stretch.last
        if after == LATEST and self._ranks:
            after = (max(time for _, time, _ in self._ranks) + 1, LOWEST_ID)
        return replace(self._stretch, after=after, last=last if end is None else max(last, _place(*end)))

    def found(self) -> list[Rank]:
        """The matches that were not shown yet, the best ones first."""
        return sorted((rank for rank in self._ranks if rank < self._stretch.shown), reverse=True)

    def _said(self) -> Iterable[Expression]:
        text, last = self._query.text, self._stretch.last
        yield Says(text, is_prefix=self._stretch.goes_on)
        if self._stretch.goes_on:
            yield Not(Says(text))
        if last != EARLIEST:
            yield Between(RangeField.CREATE_TIME, low=last[0])


class Search:
    """A page of a search, of one look or of two."""

    def __init__(self, query: SearchQuery) -> None:
        self._query = query
        self._next = Stretch() if query.after is None else Stretch.of(query.after)
        self._is_over = False
        self.chosen: list[Chosen] = []
        self.cursor: Cursor | None = None
        self.older_remain = False

    def next_look(self) -> Look | None:
        """What is to be looked at next; None: the page is settled."""
        return None if self._is_over else Look(self._query, self._next)

    def add(self, look: Look, end: Cursor | None) -> None:
        """Take what a look has found, and see what follows it. `end` is as for `Look.looked`."""
        stretch, found = look.looked(end), look.found()
        room = self._query.limit - len(self.chosen)
        shown = [replace(stretch, shown=rank) for rank in found[:room]]
        self.chosen += [Chosen(each.shown[2], each.cursor, look.ranking) for each in shown]
        self.older_remain = stretch.last != EARLIEST
        if len(found) > room:
            self._end(shown[-1])
        elif self.older_remain:
            self._end(Stretch(stretch.goes_on, after=stretch.last))
        elif stretch.goes_on or not self._may_go_on():
            self._is_over = True
        else:
            self._next = Stretch(goes_on=True)
            if len(self.chosen) == self._query.limit:
                self._end(self._next)

    def _end(self, following: Stretch) -> None:
        self.cursor = following.cursor
        self._is_over = True

    def _may_go_on(self) -> bool:
        """Whether the last word can be a beginning; a single character without spaces is in any case."""
        text = self._query.text
        return asked(text, is_prefix=True) != asked(text, is_prefix=False)


def _place(time: object, asset_id: object) -> Place:
    return int(str(time)), UUID(str(asset_id))
