"""Draws names and values, one below the other."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.wrapping import longest_word, wrapped

Facts = Sequence[tuple[str, str]]

GAP: Final = 2
INDENT: Final = 2
"""Of a value below its name."""


def draw_facts(facts: Facts, console: CleanConsole) -> None:
    """Values stand beside their names; one whose words have no room there, below.

    Where names take more than half of the width, all values have no room there, unless a fact fits in one line.
    """
    names = max((cell_len(name) for name, _ in facts), default=0)
    aside = names + GAP if names else 0
    for name, value in facts:
        lines = _beside(name, value, aside, console.width) or _below(name, value, console.width)
        for line in lines:
            console.print(line, overflow="fold")


def _beside(name: str, value: str, aside: int, columns: int) -> list[Text]:
    """Nothing if there is no room."""
    if aside > columns // 2:
        is_one_line = "\n" not in value and cell_len(name) + GAP + cell_len(value) <= columns
        return [_line(name, GAP, value)] if is_one_line else []
    if longest_word(value) > columns - aside:
        return []
    first, *rest = wrapped(value, columns - aside)
    return [_line(name, aside - cell_len(name), first), *(_line("", aside, each) for each in rest)]


def _below(name: str, value: str, columns: int) -> Iterator[Text]:
    if name:
        yield Text(name, style="dim")
    indent = INDENT if longest_word(value) <= columns - INDENT else 0
    for line in wrapped(value, columns - indent):
        yield _line("", indent, line)


def _line(name: str, gap: int, value: str) -> Text:
    return Text.assemble((name, "dim"), " " * gap, value)
