"""What fields of AssetFilter other than `expression` say, as parts of one."""

from collections.abc import Iterator
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1.assets_pb2 import AssetFilter
from emo_grpc.assets.entrypoints.filtering.ranges import MAX_BYTES, Span, days_of, microseconds
from emo_grpc.assets.service_layer.expressions import (
    Between,
    Expression,
    Not,
    Present,
    RangeField,
    Says,
    TextField,
)
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.timestamps import point_in_time

MAX_TEXT: Final = 200
PRESENT: Final[dict[str, Present]] = {field.value: Present(field) for field in (*TextField, RangeField.EVENT_DATE)}


def typed_parts(message: AssetFilter, violations: Violations) -> list[Expression]:
    """The parts that must all hold. What is wrong is noted."""
    return [
        *_texts(message, violations),
        *_dates(message, violations),
        *_times(message, violations),
        *_sizes(message, violations),
        *_presences(message, violations),
    ]


def _texts(message: AssetFilter, violations: Violations) -> Iterator[Expression]:
    for name, value, field in (("text", message.text, None), ("location", message.location, TextField.LOCATION)):
        if value:
            words = value.removesuffix("*")
            violations.text(f"filter.{name}", words, minimum=1, maximum=MAX_TEXT, multiline=True)
            yield Says(words, field, is_prefix=words != value)


def _dates(message: AssetFilter, violations: Violations) -> Iterator[Expression]:
    first = _days("event_date_from", message.event_date_from, violations)
    last = _days("event_date_to", message.event_date_to, violations)
    if first or last:
        yield Between(RangeField.EVENT_DATE, first.low if first else None, last.high if last else None)


def _days(name: str, text: str, violations: Violations) -> Span | None:
    days = days_of(text) if text else None
    if text and days is None:
        violations.add(f"filter.{name}", "must be a date as 1994, 1994-05 or 1994-05-06")
    return days


def _times(message: AssetFilter, violations: Violations) -> Iterator[Expression]:
    low = message.create_time_from if message.HasField("create_time_from") else None
    high = message.create_time_before if message.HasField("create_time_before") else None
    if low is not None or high is not None:
        yield Between(
            RangeField.CREATE_TIME,
            _time("create_time_from", low, violations),
            _time("create_time_before", high, violations),
        )


def _time(name: str, given: Timestamp | None, violations: Violations) -> int | None:
    time = violations.parse(lambda: None if given is None else point_in_time(given, f"filter.{name}"))
    return None if time is None else microseconds(time)


def _sizes(message: AssetFilter, violations: Violations) -> Iterator[Expression]:
    given = {name: getattr(message, name) for name in ("min_size_bytes", "max_size_bytes") if message.HasField(name)}
    for name, size in given.items():
        if not 0 <= size <= MAX_BYTES:
            violations.add(f"filter.{name}", f"must be from 0 to {MAX_BYTES}")
    if given:
        most = given.get("max_size_bytes")
        yield Between(RangeField.SIZE, given.get("min_size_bytes"), None if most is None else most + 1)


def _presences(message: AssetFilter, violations: Violations) -> Iterator[Expression]:
    for name in ("present_fields", "absent_fields"):
        for field in dict.fromkeys(getattr(message, name)):
            if field not in PRESENT:
                violations.add(f"filter.{name}", f"must be of {', '.join(PRESENT)}")
            else:
                yield PRESENT[field] if name == "present_fields" else Not(PRESENT[field])
