"""What leads to the assets of a list, the same in every database.

A list reads the rows of one driver, in its order, and tests the whole condition on each.
"""

from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from emo_grpc.assets.adapters.queries.conditions import (
    LARGEST,
    Condition,
    Every,
    HasFacet,
    HasWord,
    KeyIn,
    No,
    Some,
)
from emo_grpc.assets.adapters.queries.folding import FIRST, LAST
from emo_grpc.assets.adapters.queries.listing import NEVER, groups_of
from emo_grpc.assets.service_layer.expressions import RangeField
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField

MOST_LOOKED_AT: Final = 2_000
"""Rows for one page. A page that has seen so many ends, however few it holds, so that none costs more."""

MOST_POSTINGS: Final = 20
"""Rows of so many are merged into one order, as for a choice of words."""


MOST_TRIED: Final = 10
"""Drivers of one list that are compared before it goes through the best of them."""

DAY: Final = 86_400_000_000
"""In microseconds; no clock is further ahead of UTC or behind it."""

RANGE_OF: Final = {
    SortField.CREATE_TIME: RangeField.CREATE_TIME,
    SortField.UPDATE_TIME: RangeField.UPDATE_TIME,
    SortField.EVENT_DATE: RangeField.EVENT_TIME,
    SortField.SIZE: RangeField.SIZE,
}


@dataclass(frozen=True, slots=True)
class Posting:
    """All assets with a value of a facet, or with a word (`facet` is None) or those that begin so.

    `is_longer`: without the word itself.
    """

    facet: str | None
    value: str
    is_prefix: bool = False
    is_longer: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """Of a prefix: the words from the first one on and before the second."""
        return self.value + (FIRST if self.is_longer else ""), self.value + LAST


Driver = tuple[Posting, ...]
"""The assets of any of these."""


def is_tested(chosen: AssetFilter) -> bool:
    """Whether what leads to the assets of a list leads past others too, so that a page looks at so many and ends."""
    return chosen.expression is not None or len(groups_of(chosen)) > 1


def drivers_of(condition: Condition) -> list[Driver]:
    """Each leads to all assets that the condition holds of; at most MOST_TRIED."""
    excluded = _excluded(condition)
    return [tuple(_without(excluded, each) for each in driver) for driver in _drivers_of(condition)[:MOST_TRIED]]


def _drivers_of(condition: Condition) -> list[Driver]:
    match condition:
        case HasFacet(facet, value):
            return [(Posting(facet, value),)]
        case HasWord(_, word, is_prefix):
            return [(Posting(None, word, is_prefix),)]
        case Every(parts):
            return list(dict.fromkeys(chain.from_iterable(map(_drivers_of, parts))))
        case Some(parts):
            return _of_any(parts)
        case _:
            return []


def _excluded(condition: Condition) -> set[str]:
    """Words that no asset has of which the condition holds."""
    parts = _parts_of(condition)
    negated = [_parts_of(part.part) for part in parts if isinstance(part, No)]
    untrue = [[each for each in some if each not in parts] for some in negated]
    alone = [each[0] for each in untrue if len(each) == 1]
    return {each.word for each in alone if isinstance(each, HasWord) and not each.letters and not each.is_prefix}


def _parts_of(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, Every) else (condition,)


def _without(excluded: set[str], posting: Posting) -> Posting:
    return replace(posting, is_longer=True) if posting.is_prefix and posting.value in excluded else posting


def _of_any(parts: tuple[Condition, ...]) -> list[Driver]:
    """One of each part, none that is a prefix if there is a choice; nothing if a part has none."""
    of_parts = [sorted(_drivers_of(part), key=_prefixes) for part in parts]
    if not all(of_parts):
        return []
    together = tuple(dict.fromkeys(chain.from_iterable(found[0] for found in of_parts)))
    return [together] if together and len(together) <= MOST_POSTINGS else []


def _prefixes(driver: Driver) -> int:
    return sum(posting.is_prefix for posting in driver)


def key_range_of(query: AssetQuery, condition: Condition) -> KeyIn | None:
    """The range of the sort key that the condition sets, if it does."""
    field = RANGE_OF.get(query.sort_field)
    return None if field is None else _ranges(condition).get(field)


def other_ranges_of(query: AssetQuery, condition: Condition) -> list[KeyIn]:
    """The ranges of other keys that it sets."""
    return [found for field, found in _ranges(condition).items() if field is not RANGE_OF.get(query.sort_field)]


def _ranges(condition: Condition) -> dict[RangeField, KeyIn]:
    """The ranges that all assets lie in which the condition holds of; those of dates as ranges of moments."""
    ranges: dict[RangeField, KeyIn] = {}
    for part in _parts_of(condition):
        if isinstance(part, KeyIn):
            found = _moments(part)
            other = ranges.get(found.field, found)
            lows = [low for low in (found.low, other.low) if low is not None]
            highs = [high for high in (found.high, other.high) if high is not None]
            ranges[found.field] = KeyIn(found.field, max(lows, default=None), min(highs, default=None))
    return ranges


def _moments(part: KeyIn) -> KeyIn:
    """A range of dates as the moments that they are anywhere on Earth."""
    if part.field is not RangeField.EVENT_DATE:
        return part
    low = None if part.low is None else max(NEVER + 1, part.low - DAY)
    return KeyIn(RangeField.EVENT_TIME, low, None if part.high is None else min(LARGEST, part.high + DAY))
