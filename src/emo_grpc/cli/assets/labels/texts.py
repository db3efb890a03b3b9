"""Prints labels, and time as bars."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from emo.assets.v1.assets_pb2 import GetTimelineResponse, PersonCount, PlaceCount, TagCount
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.message_texts import as_dict
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import print_error, print_json, print_line, print_rows, print_tabbed

Label: TypeAlias = TagCount | PersonCount | PlaceCount

UNDATED: Final = "undated"
MAX_BAR: Final = 60
MIN_BAR: Final = 4
EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def print_labels(heading: str, labels: Sequence[Label], *, as_json: bool) -> None:
    """Print what `emo tags` and its siblings list."""
    if as_json:
        print_json([as_dict(label) for label in labels])
        return
    rows = [(_name_of(label), str(label.count)) for label in labels]
    print_rows((heading, "Count"), rows, right=("Count",))


def _name_of(label: Label) -> str:
    """What it is called: of each kind the first field."""
    name: str = getattr(label, label.DESCRIPTOR.fields[0].name)
    return name


def print_timeline(timeline: GetTimelineResponse, *, as_json: bool) -> None:
    """Print what `emo timeline` shows; bars for a person, and lines of a period and a number for everything else."""
    counts = [(each.period, each.count) for each in timeline.periods]
    if timeline.undated_count:
        counts.append((UNDATED, timeline.undated_count))
    if as_json:
        print_json(as_dict(timeline))
    elif not is_terminal():
        for period, count in counts:
            print_tabbed((period, str(count)))
    elif counts:
        for line in _bars(counts, CleanConsole().width):
            print_line(line)
    else:
        print_error("there is nothing to list")


def _bars(counts: Sequence[tuple[str, int]], width: int) -> Iterator[str]:
    """A line for each, no wider than that many cells."""
    names = max(len(name) for name, _ in counts)
    most = max(count for _, count in counts)
    numbers = len(str(most))
    room = max(MIN_BAR, min(MAX_BAR, width - names - numbers - 5))
    for name, count in counts:
        yield f"{name:{names}}  {count:{numbers}}  {_bar(count / most * room)}"


def _bar(cells: float) -> str:
    """So many cells, to an eighth; something for whatever there is."""
    eighths = max(1, round(cells * 8))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
