"""Prints what uploads have brought about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from emo_grpc.cli.assets.uploads.upload_paths import STANDARD_INPUT
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import (
    counted,
    print_error,
    print_json,
    print_line,
    print_rows,
    print_tabbed,
    size_text,
)

SHOWN_ONE_BY_ONE: Final = 50
"""Of more files a person is told only the sum, and what failed."""
PLAN_HEADINGS: Final = ("File", "Folder", "Size", "")


class Outcome(StrEnum):
    """What became of a file: sent now, at the server before, or neither."""

    NEW = "new"
    THERE = "there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file, and what became of it. `asset_id` is empty unless it is safe at the server.

    `name`: what it was called in the command, if it came by standard input.
    """

    path: Path
    asset_id: str
    size_bytes: int
    outcome: Outcome = Outcome.NEW
    folder: str = ""
    name: str = ""

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "path": str(self.path),
            "asset_id": self.asset_id,
            "size_bytes": self.size_bytes,
            "was_there": self.outcome is Outcome.THERE,
            "outcome": self.outcome.value,
            "folder": self.folder,
        }


def print_uploads(done: Sequence[Uploaded], *, as_json: bool) -> None:
    """A line for each file, and for people the sum; or one list of all in JSON."""
    if as_json:
        print_json([each.as_dict() for each in done])
        return
    for each in done:
        if not is_terminal():
            _print_values(each)
        elif len(done) <= SHOWN_ONE_BY_ONE:
            _print_upload(each, is_one=len(done) == 1)
    there = sum(each.outcome is Outcome.THERE for each in done)
    if there and len(done) > 1:
        print_error(f"{there} of {len(done)} files were there already; --again uploads them once more")
    if is_terminal() and len(done) > 1:
        print_line(_sum_of(done))


def print_plan(files: Sequence[Uploaded], *, as_json: bool) -> None:
    """What would become of each file: a table for people, else as `print_uploads`."""
    if as_json or not is_terminal():
        print_uploads(files, as_json=as_json)
        return
    rows = ([str(each.path), each.folder, size_text(each.size_bytes), each.outcome.value] for each in files)
    print_rows(PLAN_HEADINGS, rows, right=("Size",))
    if files:
        print_line(f"Nothing was sent. {_sum_of(files)}")


def _print_values(each: Uploaded) -> None:
    print_tabbed((each.asset_id, each.name or str(each.path), each.outcome.value, str(each.size_bytes)))


def _print_upload(uploaded: Uploaded, *, is_one: bool) -> None:
    shown = uploaded.name or ("standard input" if uploaded.path == STANDARD_INPUT else uploaded.path)
    if uploaded.outcome is Outcome.THERE:
        why = "was uploaded before; --again uploads it once more" if is_one else "was there"
        print_line(f"{uploaded.asset_id}  {shown}  ({why})")
    elif uploaded.outcome is Outcome.NEW:
        print_line(f"{uploaded.asset_id}  {shown}  {size_text(uploaded.size_bytes)}")


def _sum_of(done: Sequence[Uploaded]) -> str:
    counts = Counter(each.outcome for each in done)
    parts = [f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome]]
    size = sum(each.size_bytes for each in done if each.outcome is Outcome.NEW)
    return f"{counted(len(done), 'file', 'files')}: {', '.join(parts)}; {size_text(size)} new."
