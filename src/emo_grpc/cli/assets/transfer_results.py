"""Prints what uploads and downloads have brought about."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emo_grpc.cli.assets.upload_paths import STANDARD_INPUT
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import path_text, print_error, print_json, print_line, print_tabbed, size_text
from emo_grpc.client import DownloadResult

STDOUT_HANDLE: Final = 1


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that is safe at the server; `was_there` before this command.

    `name`: what it was called in the command, if it came by standard input.
    """

    path: Path
    asset_id: str
    size_bytes: int
    was_there: bool = False
    name: str = ""

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "path": str(self.path),
            "asset_id": self.asset_id,
            "size_bytes": self.size_bytes,
            "was_there": self.was_there,
        }


def print_uploads(done: Sequence[Uploaded], *, as_json: bool) -> None:
    """A line for each file, or one list of all in JSON."""
    if as_json:
        print_json([each.as_dict() for each in done])
        return
    for each in done:
        _print_upload(each)
    there = sum(each.was_there for each in done)
    if there and len(done) > 1:
        print_error(f"{there} of {len(done)} files were there already; --again uploads them once more")


def _print_upload(uploaded: Uploaded) -> None:
    shown = uploaded.name or ("standard input" if uploaded.path == STANDARD_INPUT else uploaded.path)
    if not is_terminal():
        print_tabbed((uploaded.asset_id, uploaded.name or str(uploaded.path)))
    elif uploaded.was_there:
        print_line(f"{uploaded.asset_id}  {shown}  (was uploaded before; --again uploads it once more)")
    else:
        print_line(f"{uploaded.asset_id}  {shown}  {size_text(uploaded.size_bytes)}")


def print_downloads(done: Sequence[DownloadResult]) -> None:
    """A line for each file."""
    for each in done:
        if not _is_standard_output(each.path):
            shown = path_text(each.path)
            print_line(f"{shown}  {size_text(each.size_bytes)}" if is_terminal() else shown)


def _is_standard_output(path: Path) -> bool:
    """Whether it is a name of it, such as /dev/stdout, where a line of ours would spoil the file."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(STDOUT_HANDLE))
    return False
