"""The ways to the assets of a list that is tested record by record, on MongoDB."""

from dataclasses import dataclass
from typing import Final

from pymongo import ASCENDING, DESCENDING

from emo_grpc.assets.adapters.mongo.condition_match import between
from emo_grpc.assets.adapters.mongo.listing import ALL_OWNERS, narrowed_list, whole_list, word_list
from emo_grpc.assets.adapters.mongo.page import place_of, with_key
from emo_grpc.assets.adapters.mongo.schema import BY_WORD, index_of
from emo_grpc.assets.adapters.queries.conditions import Condition, KeyIn
from emo_grpc.assets.adapters.queries.drivers import Driver, Posting, drivers_of, key_range_of, other_ranges_of
from emo_grpc.assets.service_layer.expressions import RangeField
from emo_grpc.assets.service_layer.views import AssetQuery, SortField
from emo_grpc.shared.adapters.mongo.documents import Document

ORDER_OF: Final = {
    RangeField.CREATE_TIME: SortField.CREATE_TIME,
    RangeField.UPDATE_TIME: SortField.UPDATE_TIME,
    RangeField.EVENT_TIME: SortField.EVENT_DATE,
    RangeField.SIZE: SortField.SIZE,
}


@dataclass(frozen=True, slots=True)
class Way:
    """Ranges of one index; `is_ordered`: in the order of the list, and after its cursor."""

    filter: Document
    index: str
    is_ordered: bool


def list_of(query: AssetQuery) -> object:
    """The owner whose list it is."""
    return ALL_OWNERS if query.owner_id is None else query.owner_id


def sort_of(query: AssetQuery) -> dict[str, int]:
    """The order of the list."""
    return {f"order.{query.sort_field}": DESCENDING if query.descending else ASCENDING}


def after_cursor(query: AssetQuery) -> list[Document]:
    """What leaves out the pages before."""
    if query.after is None:
        return []
    return [{f"order.{query.sort_field}": {"$lt" if query.descending else "$gt": place_of(query.after)}}]


def ways_to(query: AssetQuery, condition: Condition) -> list[Way]:
    """Those that need not lead past all assets of the list."""
    found = [way for driver in drivers_of(condition) if (way := _by_postings(query, driver, condition)) is not None]
    return found + [_by_range(query, key_range) for key_range in other_ranges_of(query, condition)]


def whole_way(query: AssetQuery, condition: Condition) -> Way:
    """Past all assets of the list, in its order."""
    return _in_order(query, {"found_by": whole_list(list_of(query))}, condition)


def _by_postings(query: AssetQuery, driver: Driver, condition: Condition) -> Way | None:
    """None where no single index leads there."""
    owner = list_of(query)
    facets = [(posting.facet, posting.value) for posting in driver if posting.facet is not None]
    if len(facets) == len(driver):
        return _in_order(query, {"found_by": {"$in": [narrowed_list(owner, facet) for facet in facets]}}, condition)
    if facets or owner == ALL_OWNERS:
        return None
    if query.sort_field is SortField.CREATE_TIME and not any(posting.is_prefix for posting in driver):
        words = {"words": {"$in": [word_list(owner, posting.value) for posting in driver]}}
        return _in_order(query, words, condition, BY_WORD)
    return Way({"$or": [_with_word(owner, posting) for posting in driver]}, BY_WORD, is_ordered=False)


def _with_word(owner: object, posting: Posting) -> Document:
    if not posting.is_prefix:
        return {"words": word_list(owner, posting.value)}
    first, end = (word_list(owner, word) for word in posting.ends)
    return {"words": {"$elemMatch": between(first, end)}}


def _in_order(query: AssetQuery, postings: Document, condition: Condition, index: str = "") -> Way:
    key_range = key_range_of(query, condition)
    bounds = [] if key_range is None else [_range_of_places(query.sort_field, key_range)]
    every = [postings, *bounds, *after_cursor(query), *with_key(query)]
    return Way({"$and": every}, index or index_of(query.sort_field), is_ordered=True)


def _by_range(query: AssetQuery, key_range: KeyIn) -> Way:
    field = ORDER_OF[key_range.field]
    every = [{"found_by": whole_list(list_of(query))}, _range_of_places(field, key_range)]
    return Way({"$and": every}, index_of(field), is_ordered=False)


def _range_of_places(field: SortField, key_range: KeyIn) -> Document:
    """A place is greater than its key alone, and less than any greater key."""
    low, high = ({"at": end} if end is not None else None for end in (key_range.low, key_range.high))
    return {f"order.{field}": between(low, high)}
