"""The fields that filters know, and what can be said of each."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.domain.errors import InvalidFilter
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.entrypoints.filtering.grammar import SHOWN
from emo_grpc.assets.entrypoints.filtering.ranges import Span, days_of, moment_of, size_of
from emo_grpc.assets.entrypoints.filtering.values import Value
from emo_grpc.assets.service_layer.expressions import (
    AllOf,
    Between,
    Expression,
    InFacet,
    Not,
    Present,
    RangeField,
    Reads,
    Says,
    TextField,
)

Field = Callable[[str, Value], Expression]
"""Makes an expression of an operator and a value; raises InvalidFilter."""

EQUAL: Final = (":", "=", "!=")
OTHER_WORDS: Final = {
    "tag": "tags", "label": "tags", "person": "people", "who": "people", "place": "location", "where": "location",
    "date": "event_date", "when": "event_date", "created": "create_time", "changed": "update_time",
    "name": "file.name", "filename": "file.name", "type": "file.content_type", "content_type": "file.content_type",
    "size_bytes": "file.size_bytes", "bytes": "file.size_bytes", "path": "folder", "favourite": "bookmarked",
    "text": "description",
}  # fmt: skip
"""What people call fields that have another name here."""


def field_of(name: Value) -> Field:
    """The field of this name; raises InvalidFilter."""
    if name.text in FIELDS and not name.is_prefix:
        return FIELDS[name.text]
    near = get_close_matches(name.text.lower(), (*FIELDS, *OTHER_WORDS), n=1)
    meant = f"; did you mean {OTHER_WORDS.get(near[0], near[0])}?" if near else f"; there are {', '.join(FIELDS)}"
    raise InvalidFilter(f"there is no field {name.text[:SHOWN]}{meant}", name.position)


def _text(field: TextField) -> Field:
    def read(operator: str, value: Value) -> Expression:
        _check_operator(operator, value)
        if value.is_any:
            return _negated(operator, Present(field))
        if operator == ":":
            return Says(_not_blank(value).text, field, value.is_prefix)
        if value.is_prefix:
            raise InvalidFilter(f"a value that ends with * follows {field}:", value.position)
        return _negated(operator, Reads(field, value.text) if value.text.strip() else Not(Present(field)))

    return read


def _folder(operator: str, value: Value) -> Expression:
    """Paths are exact, as `AssetFilter.folder` is; words of them are text."""
    _check_operator(operator, value)
    if operator == ":" or value.is_any:
        return _text(TextField.FOLDER)(operator, value)
    path = normalize("NFC", value.text)
    if value.is_prefix and not path.endswith("/"):
        raise InvalidFilter('a folder with all below it is written as folder = "Photos/*"', value.position)
    path = path.strip("/")
    if value.is_prefix:
        return _negated(operator, InFacet("within", path) if path else AllOf(()))
    return _negated(operator, InFacet("folder", path))


def _choice(facet: str, choices: Mapping[str, str]) -> Field:
    def read(operator: str, value: Value) -> Expression:
        _check_operator(operator, value)
        if value.is_prefix or value.text.lower() not in choices:
            raise InvalidFilter(f"{facet} must be {' or '.join(choices)}", value.position)
        return _negated(operator, InFacet(facet, choices[value.text.lower()]))

    return read


def _content_type(operator: str, value: Value) -> Expression:
    """A media type, or a family such as `image/*`."""
    _check_operator(operator, value)
    family, slash, subtype = value.text.lower().partition("/")
    if not (family and slash) or bool(subtype) == value.is_prefix:
        raise InvalidFilter("must be a media type such as image/jpeg, or a family such as image/*", value.position)
    return _negated(operator, InFacet("content_type", f"{family}/{subtype or '*'}"))


def _event_date(operator: str, value: Value) -> Expression:
    """Days are those of the event's own zone; a moment, which names its zone, is compared with the event's."""
    if value.is_any:
        _check_operator(operator, value)
        return _negated(operator, Present(RangeField.EVENT_DATE))
    days = _span(days_of, value)
    if days is not None:
        return days.compared(RangeField.EVENT_DATE, operator)
    return _time(RangeField.EVENT_TIME)(operator, value)


def _time(field: RangeField) -> Field:
    def read(operator: str, value: Value) -> Expression:
        span = _span(days_of, value) or _span(moment_of, value)
        if span is None:
            raise InvalidFilter("must be a date as 1994, 1994-05 or 1994-05-06, or a time as 1994-05-06T10:00:00Z",
                                value.position)  # fmt: skip
        return span.compared(field, operator)

    return read


def _size(operator: str, value: Value) -> Expression:
    if value.is_any:
        _check_operator(operator, value)
        return _negated(operator, Between(RangeField.SIZE, low=1))
    span = _span(size_of, value)
    if span is None:
        raise InvalidFilter("must be a size as 2000, 10MB or 1.5GiB", value.position)
    return span.compared(RangeField.SIZE, operator)


def _span(read: Callable[[str], Span | None], value: Value) -> Span | None:
    return None if value.is_prefix else read(value.text)


def _negated(operator: str, expression: Expression) -> Expression:
    return Not(expression) if operator == "!=" else expression


def _check_operator(operator: str, value: Value) -> None:
    if operator not in EQUAL:
        raise InvalidFilter(f"{operator} is for dates, times and sizes", value.position)


def _not_blank(value: Value) -> Value:
    if not value.text.strip():
        raise InvalidFilter("must not be blank", value.position)
    return value


def anywhere(value: Value) -> Expression:
    """Text without a field, over all fields of text; raises InvalidFilter."""
    return Says(_not_blank(value).text, None, value.is_prefix)


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        **{field.value: _text(field) for field in TextField},
        "folder": _folder,
        "kind": _choice("kind", {kind.value: kind.value for kind in AssetKind}),
        "state": _choice("state", {state.value: state.value for state in AssetState}),
        "bookmarked": _choice("bookmarked", {"true": "yes", "false": "no"}),
        "file.content_type": _content_type,
        "event_date": _event_date,
        "create_time": _time(RangeField.CREATE_TIME),
        "update_time": _time(RangeField.UPDATE_TIME),
        "file.size_bytes": _size,
        "size": _size,
    }
)
