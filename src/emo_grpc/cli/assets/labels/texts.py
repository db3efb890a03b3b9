"""Prints labels, and time as bars."""

from collections.abc import Iterator, Sequence
from typing import Final

from emo.assets.v1.assets_pb2 import GetTimelineResponse
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.message_texts import as_dict
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import print_error, print_json, print_line, print_rows, print_tabbed

UNDATED: Final = "undated"
MAX_BAR: Final = 60
MIN_BAR: Final = 4
EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def print_labels(heading: str, labels: Sequence[tuple[str, int]], *, as_json: bool) -> None:
    """Print what `emo tags` and its siblings list."""
    if as_json:
        print_json([{heading.lower(): label, "count": count} for label, count in labels])
    else:
        print_rows((heading, "Count"), [(label, str(count)) for label, count in labels], right=("Count",))


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
