"""Draws a table that stays readable on a narrow terminal."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from emo_grpc.cli.console import CleanConsole

WHOLE: Final = ("ID", "Size", "Created", "Since", "Last used", "Ends")
"""Columns that are worth nothing when they are cut; the others share what is left."""
TOLD: Final = ("Title", "Problem")
"""What a person looks for; these wrap last."""
LEAST: Final = 20
"""Cells that no column has to go below, if it needs them."""
GAP: Final = 2


def draw(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), spare: Sequence[str] = ()
) -> None:
    """Draw it on standard output; `spare` columns are left out, the first one first, until the others have room."""
    console = CleanConsole()
    least = {
        heading: _least(heading, [heading, *(row[place] for row in rows)]) for place, heading in enumerate(headings)
    }
    for heading in spare:
        if sum(least.values()) + GAP * (len(least) - 1) <= console.width:
            break
        del least[heading]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading, width in least.items():
        table.add_column(
            heading,
            justify="right" if heading in right else "left",
            no_wrap=heading in WHOLE,
            min_width=width,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(value) for heading, value in zip(headings, row, strict=True) if heading in least))
    console.print(table)


def _least(heading: str, values: Sequence[str]) -> int:
    """The cells that its values need to be readable; lengths are those of terminals."""
    longest = max(map(cell_len, values))
    if heading in WHOLE:
        return longest
    if heading in TOLD:
        return min(longest, LEAST)
    return min(max((cell_len(word) for value in values for word in value.split()), default=0), LEAST)
