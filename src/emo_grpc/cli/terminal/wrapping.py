"""Breaks texts where their words end, by the cells that terminals give them; what is quoted stays whole if it can."""

import re
from collections.abc import Iterator
from typing import Final

from emo_grpc.cli.terminal.values import PLAIN, is_plain

QUOTED: Final = r"""(?<![\w\\])(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`)(?!\w)"""
"""A title as repr has it, or a command; an apostrophe within a word begins none."""
VALUE: Final = rf"(?<![\w.])(?:{PLAIN.pattern})(?!\w)"
PIECE: Final = re.compile(rf"(\s*)((?:{QUOTED}|{VALUE}|\S)+)")
WORD: Final = re.compile(r"(\s*)(\S+)")


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
    for blank, word in _pieces(line, columns):
        if lines and cell_len(lines[-1]) + cell_len(blank) + cell_len(word) <= columns:
            lines[-1] += blank + word
        else:
            lines.append(word if lines else blank + word)
    return lines or [""]


def _pieces(line: str, columns: int) -> Iterator[tuple[str, str]]:
    """What stays together, with the blanks before it: words; what is quoted, and sizes and times, if they have room."""
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    for piece in PIECE.finditer(line):
        if cell_len(piece[2]) <= columns:
            yield piece[1], piece[2]
        else:
            yield from WORD.findall(piece[0])
