"""Prints what an import has brought in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emo_grpc.cli.assets.outcomes import Outcome, sum_text
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import print_json, print_line, print_rows, print_tabbed, size_text

HEADINGS: Final = ("File", "Folder", "Size", "")


@dataclass(frozen=True, slots=True)
class Imported:
    """A file of an import, by its path there; `asset_id`: the one that it is, empty unless it is in the vault."""

    path: str
    folder: str
    size_bytes: int
    outcome: Outcome
    asset_id: str = ""

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "path": self.path,
            "asset_id": self.asset_id,
            "folder": self.folder,
            "size_bytes": self.size_bytes,
            "outcome": self.outcome.value,
        }


def print_imported(done: Sequence[Imported], *, as_json: bool, is_plan: bool) -> None:
    """For people the sum, of a plan also a table; else a line for each file, or one list of all in JSON."""
    if as_json:
        print_json([each.as_dict() for each in done])
    elif not is_terminal():
        for each in done:
            print_tabbed((each.asset_id, each.path, each.outcome.value, str(each.size_bytes)))
    else:
        if is_plan:
            rows = ((each.path, each.folder, size_text(each.size_bytes), each.outcome.value) for each in done)
            print_rows(HEADINGS, rows, right=("Size",))
        print_line(("Nothing was sent. " if is_plan else "") + _sum_of(done))


def _sum_of(done: Sequence[Imported]) -> str:
    size = sum(each.size_bytes for each in done if each.outcome is Outcome.NEW)
    return sum_text([each.outcome for each in done], size)
