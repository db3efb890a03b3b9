"""Breaks texts where their words end, by the cells that terminals give them."""

import re
from typing import Final

from emo_grpc.cli.terminal.values import is_plain

PIECE: Final = re.compile(r"(\s*)(\S+)")


def wrapped(text: str, columns: int) -> list[str]:
    """The lines of a text, none wider than that, but for a single word that is: the terminal breaks it."""
    return [broken for line in text.split("\n") for broken in _wrapped(line, columns)]


def longest_word(text: str) -> int:
    """In cells; a number with its unit, and a time, is one word."""
    from rich.cells import cell_len  # noqa: PLC0415 - only a terminal needs it

    words = (line if is_plain(line) else word for line in text.splitlines() for word in line.split())
    return max(map(cell_len, words), default=0)


def _wrapped(line: str, columns: int) -> list[str]:
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    if cell_len(line) <= columns:
        return [line]
    lines: list[str] = []
    for blank, word in PIECE.findall(line):
        if lines and cell_len(lines[-1]) + cell_len(blank) + cell_len(word) <= columns:
            lines[-1] += blank + word
        else:
            lines.append(word if lines else blank + word)
    return lines or [""]
