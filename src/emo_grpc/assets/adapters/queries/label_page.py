"""Pages of labels and of periods, the same in every database."""

from collections.abc import Iterable, Sequence
from typing import Final

from emo_grpc.assets.adapters.queries.folding import LAST, folded
from emo_grpc.assets.service_layer.label_views import LabelCount, LabelQuery, Period, Timeline, TimelineQuery
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page

MAX_LOOKED_AT: Final = 2_000
"""Labels that a page by count goes through for those with a prefix."""

Counted = tuple[str, int]


def name_range(query: LabelQuery) -> tuple[str, str, str]:
    """(folded name, name) that a page by name comes after, and the folded name that it comes before."""
    prefix = folded(query.prefix)
    after = (prefix, "") if query.after is None else (str(query.after[0]), str(query.after[1]))
    return *after, prefix + LAST


def count_place(query: LabelQuery) -> tuple[int, str] | None:
    """(count, name) that a page by count comes after; None: it is the first one."""
    if query.after is None:
        return None
    count, name = query.after
    return int(count or 0), str(name)


def rows_of(query: LabelQuery) -> int:
    """How many rows in order of their counts a page is made of, at most."""
    return MAX_LOOKED_AT if query.prefix else query.limit + 1


def page_by_name(rows: Sequence[tuple[str, str, int]], limit: int) -> Page[LabelCount]:
    """The page of the first `limit` rows of (folded name, name, count), where one more tells of a next page."""
    labels = [LabelCount(name, count) for _, name, count in rows[:limit]]
    return Page(labels, rows[limit - 1][:2] if len(rows) > limit else None)


def page_by_count(rows: Sequence[Counted], query: LabelQuery) -> Page[LabelCount]:
    """The page of the rows of (name, count) that have the prefix; one that is not full goes on after the last row."""
    prefix, found = folded(query.prefix), list[LabelCount]()
    for at, (name, count) in enumerate(rows):
        if not folded(name).startswith(prefix):
            continue
        found.append(LabelCount(name, count))
        if len(found) == query.limit:
            return Page(found, _after(rows[at]) if at + 1 < len(rows) else _at_the_end(rows, query))
    return Page(found, _at_the_end(rows, query))


def _at_the_end(rows: Sequence[Counted], query: LabelQuery) -> Cursor | None:
    return _after(rows[-1]) if rows and len(rows) == rows_of(query) else None


def _after(row: Counted) -> Cursor:
    name, count = row
    return count, name


def period_range(query: TimelineQuery) -> tuple[str, str]:
    """The first name that a page may have, and one that it ends before."""
    low, high = query.first, query.last + LAST
    if query.after is not None:
        after = str(query.after[0])
        low, high = (low, min(high, after)) if query.descending else (max(low, after + "\0"), high)
    return max(low, "\0"), high


def timeline_of(rows: Iterable[Counted], undated: int, limit: int) -> Timeline:
    """The page of the first `limit` rows of (name, count), where one more tells of a next page."""
    periods = [Period(name, count) for name, count in rows]
    return Timeline(periods[:limit], [periods[limit - 1].name] if len(periods) > limit else None, undated)
