"""Prints what downloads have brought about."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import counted, path_text, print_line, size_text

STDOUT_HANDLE: Final = 1
SHOWN_ONE_BY_ONE: Final = 50
"""Of more files a person is told only the sum, and what failed."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that is on the disk; `was_there` before this command."""

    path: Path
    size_bytes: int
    was_there: bool = False


def print_downloads(done: Sequence[Downloaded]) -> None:
    """A line for each file; people see them unless there are too many."""
    for each in done:
        if not is_terminal():
            if not _is_standard_output(each.path):
                print_line(path_text(each.path))
        elif len(done) <= SHOWN_ONE_BY_ONE:
            _print_download(each)


def print_sum(done: Sequence[Downloaded], *, failed: int) -> None:
    """One line for people, of all files that were meant."""
    if is_terminal() and len(done) + failed > 1:
        print_line(_sum_of(done, failed))


def _print_download(each: Downloaded) -> None:
    if not _is_standard_output(each.path):
        print_line(f"{path_text(each.path)}  {'(was there)' if each.was_there else size_text(each.size_bytes)}")


def _sum_of(done: Sequence[Downloaded], failed: int) -> str:
    new = [each for each in done if not each.was_there]
    counts = {"new": len(new), "there": len(done) - len(new), "failed": failed}
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    size = size_text(sum(each.size_bytes for each in new))
    return f"{counted(len(done) + failed, 'file', 'files')}: {', '.join(parts)}; {size} new."


def _is_standard_output(path: Path) -> bool:
    """Whether it is a name of it, such as /dev/stdout, where a line of ours would spoil the file."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(STDOUT_HANDLE))
    return False
