"""How results look: for people at a terminal, and plain for everything else."""

import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from emo_grpc.cli.failures import complain
from emo_grpc.cli.terminal.cleaning import clean
from emo_grpc.cli.terminal.output import is_terminal, write_json, write_output


def say(sentence: str) -> None:
    """One line on standard output."""
    write_output(f"{clean(sentence)}\n")


def print_rows(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    spare: Sequence[str] = (),
    short: bool = False,
) -> None:
    """A table, see `draw`, or, when no person reads it, lines of values separated by tabs."""
    if not is_terminal():
        for row in rows:
            say_tabbed(row)
        return
    from emo_grpc.cli.terminal.table import draw  # noqa: PLC0415 - only a terminal needs it

    found = [[clean(value) for value in row] for row in rows]
    if found:
        draw(headings, found, right=right, spare=spare, short=short)
    else:
        complain("there is nothing to list")


def say_tabbed(row: Sequence[str]) -> None:
    """Values separated by tabs."""
    write_output("\t".join(clean(value) for value in row) + "\n")


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and values, without those that are empty."""
    found = [(name, value) for name, value in facts if value]
    if not is_terminal():
        for fact in found:
            say_tabbed(fact)
        return
    from rich.table import Table  # noqa: PLC0415 - only a terminal needs it
    from rich.text import Text  # noqa: PLC0415 - as above

    from emo_grpc.cli.terminal.console import CleanConsole  # noqa: PLC0415 - as above

    table = Table.grid(padding=(0, 2))
    for name, value in found:
        table.add_row(Text(name, style="dim"), Text(_lines(value), overflow="fold"))
    CleanConsole().print(table)


def _lines(value: str) -> str:
    return "\n".join(clean(line) for line in value.splitlines())


def path_text(path: Path) -> str:
    """A path that a shell takes for one word, which is no option, as it is for programs, quoted for people."""
    plain = f"./{path}" if str(path).startswith(("-", "~")) else str(path)
    return shlex.quote(plain) if is_terminal() else plain


def as_dict(message: Message) -> dict[str, object]:
    """The message by protobuf's JSON mapping, with the names of the contract; 64-bit numbers are texts there.

    Times that the mapping has no text for are in words.
    """
    mapped = type(message)()
    mapped.CopyFrom(message)
    odd = {field.name: value for field, value in message.ListFields() if _is_odd_time(value)}
    for name in odd:
        mapped.ClearField(name)
    found: dict[str, object] = MessageToDict(mapped, preserving_proto_field_name=True)
    return found | {name: time_text(value) for name, value in odd.items()}


def print_json(content: object) -> None:
    """As JSON on standard output."""
    write_json(content, indent=2)


def counted(count: int, one: str, many: str) -> str:
    """A number with the words that go with it."""
    return f"{count} {one if count == 1 else many}"


def size_text(size: int) -> str:
    """A number of bytes with a unit, by powers of 1000."""
    if size < 1000:
        return f"{size} B"
    number = size / 1000
    for unit in ("kB", "MB", "GB"):
        if number < 999.95:
            return f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def time_text(time: Timestamp, *, is_set: bool | None = None) -> str:
    """A time of this machine, to the minute; empty if it is not set, as 1970-01-01T00:00:00Z seems without `is_set`.

    A server may send what this machine has no time for; that is told in UTC or in seconds.
    """
    if not (time.ByteSize() if is_set is None else is_set):
        return ""
    if _is_odd_time(time):
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


def _is_odd_time(value: object) -> bool:
    if not isinstance(value, Timestamp):
        return False
    try:
        value.ToJsonString()
    except ValueError:
        return True
    return False
