"""Draws a table that stays readable on a narrow terminal."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from emo_grpc.cli.assets.short_ids import shortened
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.facts import draw_facts
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.cli.terminal.wrapping import longest_word

MISSED_LEAST: Final = (
    *("Request", "Details", "Type", "Created", "Ends", "Since", "Event", "Attempts", "Roles", "Tags", "Date"),
    *("Deleted", "Due", "Keys", "Files", "From", "By", "Last used", "State", "Folder", "Found in"),
)
"""The columns of all tables that are left out where there is no room, the first one first."""
MISSED_MORE: Final = ("Made", "Assets", "Size")
"""These are left out when texts are as narrow as their words."""
TELLS_FILES_APART: Final = "Folder"
WRAPPED_LAST: Final = ("Title", "Problem", "Device")
"""What a person looks for; these wrap last."""
COMFORT: Final = 20
"""Cells that those have, if they need them, while there are other columns to leave out."""
LONG_WORD: Final = 40
"""Cells of a word that is broken before a column is left out for it; people's words are shorter, names of files not."""
GAP: Final = 2

Columns = Mapping[str, Sequence[str]]
"""The values below each heading."""


def draw_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), short: bool = False
) -> None:
    """Draw it on standard output.

    Where it is too wide, ids are shortened if they are good that way (`short`), then texts go on in a second line, then
    columns are left out, in one order for all tables. Where not even the rest has room for whole words, each row is
    drawn as facts are, without what is missed least. What is not shown is told on standard error. A column that may be
    left out is not drawn if there is nothing in it.
    """
    console = CleanConsole()
    found: dict[str, Sequence[str]] = {heading: [row[place] for row in rows] for place, heading in enumerate(headings)}
    columns = {heading: values for heading, values in found.items() if heading not in MISSED_LEAST or any(values)}
    is_short = short and _total_width({each: _full_width(each, columns[each]) for each in columns}) > console.width
    if is_short:
        columns["ID"] = shortened(columns["ID"])
    least = _least_widths(columns, console.width)
    if _total_width(least) > console.width:
        kept = {heading: columns[heading] for heading in columns if heading not in _leaving(columns, MISSED_LEAST)}
        _draw_rows(kept, console)
    else:
        kept = {heading: columns[heading] for heading in least}
        console.print(_table(kept, _widened(least, kept, console.width), right))
    left_out = [heading.lower() for heading in _leaving(columns) if heading not in kept]
    _print_what_is_missing(is_short=is_short, left_out=left_out)


def _leaving(columns: Columns, order: Sequence[str] = (*MISSED_LEAST, *MISSED_MORE)) -> list[str]:
    """The headings of what may be left out, in that order; not the first, which says what a row is.

    A folder that all have tells nothing apart.
    """
    _, *others = columns
    found = [heading for heading in order if heading in others]
    if TELLS_FILES_APART in found and len(set(columns[TELLS_FILES_APART])) == 1:
        found.insert(0, found.pop(found.index(TELLS_FILES_APART)))
    return found


def _least_widths(columns: Columns, room: int) -> dict[str, int]:
    """The cells that each column needs which is not left out."""
    least = dict.fromkeys(columns, 0)
    for comfort, order in ((COMFORT, MISSED_LEAST), (0, MISSED_MORE)):
        least = {heading: _min_width(heading, columns[heading], comfort, room) for heading in least}
        for heading in _leaving(columns, order):
            if _total_width(least) > room:
                del least[heading]
    return least


def _min_width(heading: str, values: Sequence[str], comfort: int, room: int) -> int:
    """The cells that its values need for whole words; lengths are those of terminals."""
    longest = _full_width(heading, values)
    if heading == "ID":
        return longest
    least = max(longest_word(heading), min(max(map(longest_word, values), default=0), LONG_WORD, room))
    return max(least, min(longest, comfort)) if heading in WRAPPED_LAST else least


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
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, row))
    return table


def _draw_rows(columns: Columns, console: CleanConsole) -> None:
    """Each row by itself, with a line between two."""
    for number, row in enumerate(zip(*columns.values(), strict=True)):
        if number:
            console.print()
        draw_facts([(name, value) for name, value in zip(columns, row, strict=True) if value], console)


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
