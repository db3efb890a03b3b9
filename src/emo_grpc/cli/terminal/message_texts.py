"""How messages of the contract look, and what is in them: JSON, times, names of enums."""

from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

LONG: Final = frozenset({FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64})
"""Types of fields that protobuf's JSON mapping has texts for, since JavaScript is exact up to 2^53 only."""


def as_dict(message: Message) -> dict[str, object]:
    """The message by protobuf's JSON mapping, with the names of the contract, and with all numbers as numbers.

    Counts and bytes are far below 2^53, so that no reader of JSON takes them for others. Times that the mapping has no
    text for are in words.
    """
    mapped = type(message)()
    mapped.CopyFrom(message)
    out_of_range = {field.name: value for field, value in message.ListFields() if _is_out_of_range(value)}
    for name in out_of_range:
        mapped.ClearField(name)
    found: dict[str, object] = MessageToDict(mapped, preserving_proto_field_name=True)
    fields = message.DESCRIPTOR.fields_by_name
    numbered = {name: _with_numbers(fields[name], value) for name, value in found.items()}
    return numbered | {name: time_text(value) for name, value in out_of_range.items()}


def time_text(time: Timestamp, *, is_set: bool | None = None) -> str:
    """A time of this machine, to the minute; empty if it is not set, as 1970-01-01T00:00:00Z seems without `is_set`.

    A server may send what this machine has no time for; that is told in UTC or in seconds.
    """
    if not (time.ByteSize() if is_set is None else is_set):
        return ""
    if _is_out_of_range(time):
        return f"{abs(time.seconds)} s {'before' if time.seconds < 0 else 'after'} 1970"
    found = time.ToDatetime(UTC)
    try:
        return found.astimezone().replace(tzinfo=None).isoformat(" ", "minutes")
    except (OverflowError, ValueError, OSError):  # a zone would lead out of the years from 1 to 9999
        return f"{found.replace(tzinfo=None).isoformat(' ', 'minutes')} UTC"


def timestamp(time: datetime) -> Timestamp:
    """The same as protobuf has it; a naive time is one of this machine. Raises ValueError, OverflowError."""
    made = Timestamp()
    made.FromDatetime(time.astimezone(UTC))
    return made


def enum_text(kind: EnumDescriptor, number: int, prefix: str) -> str:
    """The name of a value of an enum in lower case, without its prefix; the number, if a newer server sent it."""
    known = kind.values_by_number.get(number)
    return known.name.removeprefix(prefix).lower() if known else str(number)


# Any: what JSON has, and a descriptor, of which protobuf has several classes.
def _with_numbers(field: Any, value: Any) -> Any:
    """The mapped value of a field, with its numbers, and those within it, in place of their texts."""
    inner = field.message_type
    if isinstance(value, list):
        return [_with_numbers(field, each) for each in value]
    if isinstance(value, dict) and inner is not None:
        values = inner.fields_by_name.get("value") if inner.GetOptions().map_entry else None
        return {name: _with_numbers(values or inner.fields_by_name[name], each) for name, each in value.items()}
    return int(value) if field.cpp_type in LONG else value


def _is_out_of_range(value: object) -> bool:
    if not isinstance(value, Timestamp):
        return False
    try:
        value.ToJsonString()
    except ValueError:
        return True
    return False
