"""Whether a condition holds of a record, as a filter of MongoDB."""

from typing import Final

from emo_grpc.assets.adapters.mongo.listing import narrowed_list
from emo_grpc.assets.adapters.queries.conditions import Condition, Every, HasFacet, HasTerm, HasWord, KeyIn, No, Some
from emo_grpc.assets.adapters.queries.folding import LAST
from emo_grpc.assets.adapters.queries.terms import LETTERS
from emo_grpc.assets.service_layer.expressions import RangeField
from emo_grpc.shared.adapters.mongo.documents import Document

ALL_LETTERS: Final = "".join(LETTERS.values())
_PATHS: Final = {
    RangeField.EVENT_TIME: "order.event_date.at",
    RangeField.CREATE_TIME: "order.create_time.at",
    RangeField.UPDATE_TIME: "order.update_time.at",
    RangeField.SIZE: "document.file.size_bytes",
}


def condition_match(owner: object, condition: Condition) -> Document:
    """The same for records of earlier releases, as far as they have what is looked at."""
    match condition:
        case Every(parts):
            return {"$and": [condition_match(owner, part) for part in parts]} if parts else {}
        case Some(parts):
            return {"$or": [condition_match(owner, part) for part in parts]}
        case No(part):
            return {"$nor": [condition_match(owner, part)]}
        case _:
            return _leaf(owner, condition)


def begins_with(text: str) -> Document:
    """One element of an array that begins so."""
    return {"$elemMatch": {"$gte": text, "$lt": text + LAST}}


def between(low: object, high: object) -> Document:
    """A range; None has no end."""
    return {sign: end for sign, end in (("$gte", low), ("$lt", high)) if end is not None}


def _leaf(owner: object, condition: HasFacet | HasTerm | HasWord | KeyIn) -> Document:
    match condition:
        case HasFacet(facet, value):
            return {"found_by": narrowed_list(owner, (facet, value))}
        case HasTerm(term, is_prefix):
            return {"terms": begins_with(term) if is_prefix else term}
        case HasWord(letters, word, is_prefix):
            return _has_word([f"{letter} {word}" for letter in letters or ALL_LETTERS], is_prefix=is_prefix)
        case KeyIn(field, low, high):
            return _key_in(field, between(low, high))


def _has_word(terms: list[str], *, is_prefix: bool) -> Document:
    return {"$or": [{"terms": begins_with(term)} for term in terms]} if is_prefix else {"terms": {"$in": terms}}


def _key_in(field: RangeField, ends: Document) -> Document:
    if field is not RangeField.EVENT_DATE:
        return {_PATHS[field]: ends}
    # Before there were zones, the clocks at an event showed UTC.
    of_the_past = {"event_day": {"$exists": False}, _PATHS[RangeField.EVENT_TIME]: ends}
    return {"$or": [{"event_day": ends}, of_the_past]}
