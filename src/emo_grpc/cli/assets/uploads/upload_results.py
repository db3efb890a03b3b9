"""Prints what uploads have brought about."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import Final, Self

from emo_grpc.cli.assets.outcomes import Outcome, sum_text
from emo_grpc.cli.assets.short_ids import shortened
from emo_grpc.cli.assets.uploads.upload_paths import STANDARD_INPUT
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import (
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


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file, and what became of it. `asset_id` is empty unless it is safe at the server.

    `folder` is the one that it is in; `is_elsewhere`: that is not the one that was named. `name`: what it was called
    in the command, if it came by standard input.
    """

    path: Path
    asset_id: str
    size_bytes: int
    outcome: Outcome = Outcome.NEW
    folder: str = ""
    name: str = ""
    is_elsewhere: bool = False

    @classmethod
    def there(cls, path: Path, asset_id: str, size_bytes: int, folder: str, wanted: str) -> Self:
        """One that was at the server before, in `folder`, where `wanted` is the one that was named."""
        return cls(path, asset_id, size_bytes, Outcome.THERE, folder, is_elsewhere=folder != wanted)

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "path": str(self.path),
            "asset_id": self.asset_id,
            "size_bytes": self.size_bytes,
            "outcome": self.outcome.value,
            "folder": self.folder,
        }


def print_uploads(done: Sequence[Uploaded], *, as_json: bool) -> None:
    """A line for each file, and for people the sum; or one list of all in JSON."""
    if as_json:
        print_json([each.as_dict() for each in done])
        return
    if not is_terminal():
        for each in done:
            _print_values(each)
    elif len(done) <= SHOWN_ONE_BY_ONE:
        _print_lines([each for each in done if each.outcome is not Outcome.FAILED], is_one=len(done) == 1)
    there = sum(each.outcome is Outcome.THERE for each in done)
    if there and len(done) > 1:
        print_error(f"{there:,} of {len(done):,} files were there; --again uploads them once more")
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


def _print_lines(uploaded: Sequence[Uploaded], *, is_one: bool) -> None:
    """With ids that are shortened where one would not leave room for the rest."""
    rest = [_line_of(each, is_one=is_one) for each in uploaded]
    ids = [each.asset_id for each in uploaded]
    if any(len(asset_id) + len(line) > get_terminal_size().columns for asset_id, line in zip(ids, rest, strict=True)):
        ids = shortened(ids)
    for asset_id, line in zip(ids, rest, strict=True):
        print_line(f"{asset_id}{line}")


def _line_of(uploaded: Uploaded, *, is_one: bool) -> str:
    shown = uploaded.name or ("standard input" if uploaded.path == STANDARD_INPUT else uploaded.path)
    if uploaded.outcome is Outcome.NEW:
        return f"  {shown}  {size_text(uploaded.size_bytes)}"
    there = f"there, in {uploaded.folder or 'no folder'}" if uploaded.is_elsewhere else "there"
    return f"  {shown}  ({there}{'; --again uploads it once more' if is_one else ''})"


def _sum_of(done: Sequence[Uploaded]) -> str:
    size = sum(each.size_bytes for each in done if each.outcome is Outcome.NEW)
    return sum_text([each.outcome for each in done], size)
