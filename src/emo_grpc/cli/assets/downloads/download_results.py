"""Prints what downloads have brought about."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emo_grpc.cli.assets.outcomes import Outcome, sum_text
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import (
    counted,
    path_text,
    print_error,
    print_json,
    print_line,
    print_to_paste,
    size_text,
)

STDOUT_HANDLE: Final = 1
SHOWN_ONE_BY_ONE: Final = 50
"""Of more files a person is told only the sum, and what failed."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file, and what became of it; `path` is empty if it failed.

    `folder` and `name`: where it is in the vault, and what it is called there. `is_renamed`: here that is not the same,
    since a disk can't have such a name, or another file has it.
    """

    asset_id: str
    path: Path
    size_bytes: int
    outcome: Outcome = Outcome.NEW
    folder: str = ""
    name: str = ""
    is_renamed: bool = False

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "asset_id": self.asset_id,
            "path": "" if self.outcome is Outcome.FAILED else str(self.path),
            "size_bytes": self.size_bytes,
            "outcome": self.outcome.value,
            "folder": self.folder,
            "name": self.name,
            "renamed": self.is_renamed,
        }


def print_downloads(done: Sequence[Downloaded], *, as_json: bool) -> None:
    """A line for each file; people see them unless there are too many. Or one list of all in JSON."""
    if as_json:
        print_json([each.as_dict() for each in done])
        return
    for each in done:
        if each.outcome is Outcome.FAILED:
            continue
        if not is_terminal():
            if not _is_standard_output(each.path):
                print_line(path_text(each.path))
        elif len(done) <= SHOWN_ONE_BY_ONE:
            _print_download(each)


def print_sum(done: Sequence[Downloaded]) -> None:
    """One line for people, of all files that were meant."""
    if is_terminal() and len(done) > 1:
        print_line(_sum_of(done))


def print_renamed(done: Iterable[Downloaded], hint: str = "; --json tells which") -> None:
    """How many files have other names here; `hint` says where to find which."""
    count = sum(each.is_renamed for each in done)
    if count:
        what = counted(count, "file has another name", "files have other names")
        print_error(f"{what} here than in the vault{hint}")


def _print_download(each: Downloaded) -> None:
    if not _is_standard_output(each.path):
        print_to_paste(
            f"{path_text(each.path)}  {'(there)' if each.outcome is Outcome.THERE else size_text(each.size_bytes)}"
        )


def _sum_of(done: Sequence[Downloaded]) -> str:
    size = sum(each.size_bytes for each in done if each.outcome is Outcome.NEW)
    return sum_text([each.outcome for each in done], size)


def _is_standard_output(path: Path) -> bool:
    """Whether it is a name of it, such as /dev/stdout, where a line of ours would spoil the file."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(STDOUT_HANDLE))
    return False
