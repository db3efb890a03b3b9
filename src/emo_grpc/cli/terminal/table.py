"""Draws a table that stays readable on a narrow terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from emo_grpc.cli.assets.short_ids import shortened
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.printing import print_error

PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]+)?( ([kMGT]?B))?|[0-9]{4}(-[0-9]{2}){0,2}( [0-9:]+( UTC)?)?")
"""Numbers, sizes, dates and times, which are worth nothing when they are cut."""
MARKS: Final = ""
"""The heading of single words that say what is special about a row."""
WRAPPED_LAST: Final = ("Title", "Problem", "Device")
"""What a person looks for; these wrap last."""
MIN_WIDTH: Final = 20
"""Cells that no column has to go below, if it needs them."""
NARROW_WIDTHS: Final = (10, 6, 4)
"""The same when nothing is left to leave out."""
FOLDED_ID: Final = 14
GAP: Final = 2

Columns = Mapping[str, Sequence[str]]
"""The values below each heading."""


def draw_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
    spare: Sequence[str] = (),
    short: bool = False,
) -> None:
    """Draw it on standard output.

    Where it is too wide, ids are shortened if they are good that way (`short`), then texts go on in a second line, and
    at last `spare` columns are left out, the first one first. What is not shown is told on standard error. A `spare`
    column in which there is nothing is not drawn.
    """
    console = CleanConsole()
    found: dict[str, Sequence[str]] = {heading: [row[place] for row in rows] for place, heading in enumerate(headings)}
    columns = {heading: values for heading, values in found.items() if heading not in spare or any(values)}
    is_short = (
        short and _total_width({each: _full_width(each, values) for each, values in columns.items()}) > console.width
    )
    if is_short:
        columns["ID"] = shortened(columns["ID"])
    least = {heading: _min_width(heading, values, MIN_WIDTH) for heading, values in columns.items()}
    left_out = []
    for heading in filter(columns.__contains__, spare):
        if _total_width(least) > console.width:
            del least[heading]
            left_out.append(heading.lower())
    for limit in NARROW_WIDTHS:
        if _total_width(least) > console.width:
            least = _narrowed(least, columns, limit)
    console.width = max(console.width, _total_width(least))
    console.print(_table(columns, _widened(least, columns, console.width), right))
    _print_what_is_missing(is_short=is_short, left_out=left_out)


def _narrowed(least: Mapping[str, int], columns: Columns, limit: int) -> dict[str, int]:
    """All but numbers go on in more lines; an id that can't be shortened, too."""
    narrowed = {}
    for heading, width in least.items():
        is_short_id = heading == "ID" and width < FOLDED_ID
        kept = heading == MARKS or _is_plain(columns[heading]) or is_short_id
        narrowed[heading] = width if kept else min(width, FOLDED_ID if heading == "ID" else limit)
    return narrowed


def _widened(least: Mapping[str, int], columns: Columns, room: int) -> dict[str, int]:
    """Share out what is left of the room: always to the narrowest column that could do with more."""
    widths = dict(least)
    full = {heading: _full_width(heading, columns[heading]) for heading in widths}
    for _ in range(room - _total_width(least)):
        wanting = [heading for heading, width in widths.items() if width < full[heading]]
        if not wanting:
            break
        widths[min(wanting, key=widths.__getitem__)] += 1
    return widths


def _table(columns: Columns, widths: Mapping[str, int], right: Sequence[str]) -> Table:
    """Each column as wide as that: rich by itself makes some narrower than they may be, and cuts what is in them."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading, width in widths.items():
        table.add_column(
            heading,
            justify="right" if heading in right else "left",
            no_wrap=width == _full_width(heading, columns[heading]),
            width=width,
            overflow="fold",
        )
    for row in zip(*(columns[heading] for heading in widths), strict=True):
        table.add_row(*map(Text, row))
    return table


def _print_what_is_missing(*, is_short: bool, left_out: Sequence[str]) -> None:
    said = ["ids are shortened, commands take them so"] if is_short else []
    if left_out:
        verb = "is" if len(left_out) == 1 else "are"
        listed = " and ".join(filter(None, (", ".join(left_out[:-1]), left_out[-1])))
        said.append(f"{listed} {verb} not shown: make the window wider, or use --json")
    if said:
        print_error("; ".join(said))


def _total_width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _full_width(heading: str, values: Sequence[str]) -> int:
    return max(map(cell_len, [heading, *values]))


def _min_width(heading: str, values: Sequence[str], limit: int) -> int:
    """The cells that its values need to be readable; lengths are those of terminals."""
    longest = _full_width(heading, values)
    if heading == "ID":
        return longest
    if _is_plain(values):
        return max(map(cell_len, [*heading.split(), *values]))
    if heading in WRAPPED_LAST:
        return min(longest, limit)
    return min(max((cell_len(word) for value in (heading, *values) for word in value.split()), default=0), limit)


def _is_plain(values: Sequence[str]) -> bool:
    return all(PLAIN.fullmatch(value) for value in values if value)
