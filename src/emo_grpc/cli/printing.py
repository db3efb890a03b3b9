"""How results look: for people at a terminal, and plain for everything else."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from emo_grpc.cli.cleaning import clean
from emo_grpc.cli.failures import complain
from emo_grpc.cli.output import is_terminal, write_json, write_output


def say(sentence: str) -> None:
    """One line on standard output."""
    write_output(f"{clean(sentence)}\n")


def print_rows(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """A table, see `draw`, or, when no person reads it, lines of values separated by tabs."""
    if not is_terminal():
        for row in rows:
            say_tabbed(row)
        return
    from emo_grpc.cli.table import draw  # noqa: PLC0415 - only a terminal needs it

    found = [[clean(value) for value in row] for row in rows]
    if found:
        draw(headings, found, right=right, spare=spare)
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

    from emo_grpc.cli.console import CleanConsole  # noqa: PLC0415 - as above

    table = Table.grid(padding=(0, 2))
    for name, value in found:
        table.add_row(Text(name, style="dim"), Text("\n".join(clean(line) for line in value.splitlines())))
    CleanConsole().print(table)


def as_dict(message: Message) -> dict[str, object]:
    """The message by protobuf's JSON mapping, with the names of the contract; 64-bit numbers are texts there."""
    found: dict[str, object] = MessageToDict(message, preserving_proto_field_name=True)
    return found


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


def time_text(time: Timestamp) -> str:
    """A time of this machine, to the minute; empty if it is not set."""
    if not time.ByteSize():
        return ""
    return time.ToDatetime(UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def timestamp(time: datetime) -> Timestamp:
    """The same as protobuf has it; a naive time is one of this machine."""
    made = Timestamp()
    made.FromDatetime(time.astimezone(UTC))
    return made
