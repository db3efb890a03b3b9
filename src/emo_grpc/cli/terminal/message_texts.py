"""How messages of the contract look, and what is in them: JSON, times, names of enums."""

from datetime import UTC, datetime

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def as_dict(message: Message) -> dict[str, object]:
    """The message by protobuf's JSON mapping, with the names of the contract; 64-bit numbers are texts there.

    Times that the mapping has no text for are in words.
    """
    mapped = type(message)()
    mapped.CopyFrom(message)
    out_of_range = {field.name: value for field, value in message.ListFields() if _is_out_of_range(value)}
    for name in out_of_range:
        mapped.ClearField(name)
    found: dict[str, object] = MessageToDict(mapped, preserving_proto_field_name=True)
    return found | {name: time_text(value) for name, value in out_of_range.items()}


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


def _is_out_of_range(value: object) -> bool:
    if not isinstance(value, Timestamp):
        return False
    try:
        value.ToJsonString()
    except ValueError:
        return True
    return False
