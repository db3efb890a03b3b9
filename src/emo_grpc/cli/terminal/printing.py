"""How results look: for people at a terminal, and plain for everything else."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from emo_grpc.cli.terminal.cleaning import clean
from emo_grpc.cli.terminal.output import (
    error_columns,
    is_error_terminal,
    is_terminal,
    output_columns,
    write_error,
    write_json,
    write_output,
)


def print_line(sentence: str) -> None:
    """One line on standard output; on a terminal as many as its words need."""
    text = clean(sentence)
    write_output(f"{fitting(text, output_columns()) if is_terminal() else text}\n")


def print_to_paste(line: str) -> None:
    """One line on standard output, which only a terminal breaks: what is copied from there has no line ends of ours."""
    write_output(f"{clean(line)}\n")


def print_error(sentence: str, *, keep: str = "") -> None:
    """The same on standard error; more than one line if `keep` has the line end."""
    text = f"emo: {clean(sentence, keep=keep)}"
    write_error(f"{fitting(text, error_columns()) if is_error_terminal() else text}\n")


def fitting(text: str, columns: int) -> str:
    """The text in lines that the terminal does not break within words."""
    from emo_grpc.cli.terminal.wrapping import wrapped  # noqa: PLC0415 - only a terminal needs it

    return "\n".join(wrapped(text, columns))


def print_rows(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    short: bool = False,
) -> None:
    """A table, see `draw_table`, or, when no person reads it, lines of values separated by tabs."""
    if not is_terminal():
        for row in rows:
            print_tabbed(row)
        return
    from emo_grpc.cli.terminal.table import draw_table  # noqa: PLC0415 - only a terminal needs it

    found = [[clean(value) for value in row] for row in rows]
    if found:
        draw_table(headings, found, right=right, short=short)
    else:
        print_error("there is nothing to list")


def print_tabbed(row: Sequence[str]) -> None:
    """Values separated by tabs."""
    write_output("\t".join(clean(value) for value in row) + "\n")


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and values, without those that are empty."""
    found = [(name, value) for name, value in facts if value]
    if not is_terminal():
        for fact in found:
            print_tabbed(fact)
        return
    from emo_grpc.cli.terminal.console import CleanConsole  # noqa: PLC0415 - only a terminal needs it
    from emo_grpc.cli.terminal.facts import draw_facts  # noqa: PLC0415 - as above

    draw_facts([(name, _lines(value)) for name, value in found], CleanConsole())


def _lines(value: str) -> str:
    return "\n".join(clean(line) for line in value.splitlines())


def path_text(path: Path) -> str:
    """A path that a shell takes for one word, which is no option, as it is for programs, quoted for people."""
    plain = f"./{path}" if str(path).startswith(("-", "~")) else str(path)
    return shlex.quote(plain) if is_terminal() else plain


def print_json(content: object) -> None:
    """As JSON on standard output."""
    write_json(content, indent=2)


def listed(names: Iterable[str]) -> str:
    """Names with commas, in the same order wherever they are shown: that of the alphabet."""
    return ", ".join(sorted(names))


def counted(count: int, one: str, many: str) -> str:
    """A number, for people, with the words that go with it."""
    return f"{count:,} {one if count == 1 else many}"


def size_cell(size: int) -> str:
    """A number of bytes in a row or a fact: with a unit for people, plain for programs."""
    return size_text(size) if is_terminal() else str(size)


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
