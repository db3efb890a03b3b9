"""The queries on what a user's assets have in common: tags, people, places, and when they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page


class LabelOrder(StrEnum):
    """What labels are sorted by: their names without regard to case and accents, or how many assets have them.

    Ties are broken by the name, code point by code point.
    """

    NAME = "name"
    COUNT = "count desc"


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """Whose labels of a kind, in what order, from where, how many.

    `prefix`: how they begin, without regard to case and accents. `after` is the `Page.cursor` of the page before.
    """

    owner_id: UserId
    kind: LabelKind
    limit: int
    order: LabelOrder = LabelOrder.NAME
    prefix: str = ""
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How many assets have a label."""

    label: str
    count: int


class TimelineUnit(StrEnum):
    """How finely time is divided, by the names of the facets."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def length(self) -> int:
        """Of its periods as ISO 8601 writes them, in characters."""
        return {TimelineUnit.DAY: 10, TimelineUnit.MONTH: 7, TimelineUnit.YEAR: 4}[self]


@dataclass(frozen=True, slots=True)
class TimelineQuery:
    """Whose assets, by what unit, from where, how many periods.

    `first` and `last` bound the periods, both included, and may be longer ones (1994 for days: all of its days).
    `after` is the `Page.cursor` of the page before.
    """

    owner_id: UserId
    unit: TimelineUnit
    limit: int
    first: str = ""
    last: str = ""
    descending: bool = False
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """How many assets were in a period: `1994`, `1994-05`, `1994-05-06`.

    One longer than the unit has those of which no more is known than that.
    """

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of it, and how many assets have no date."""

    periods: Sequence[Period]
    cursor: Cursor | None
    undated_count: int


class LabelViews(Protocol):
    """The port of these queries.

    Assets of an earlier release count, and are found by name, from when they are saved again; by count tags always are.
    """

    async def labels(self, query: LabelQuery) -> Page[LabelCount]:
        """A page; takes the same time however deep it lies, and however many assets and labels the owner has.

        By count and with a prefix it may have few labels or none and yet a cursor, as it looks at a bounded number.
        """
        ...

    async def timeline(self, query: TimelineQuery) -> Timeline:
        """A page; takes the same time however many assets the owner has."""
        ...
