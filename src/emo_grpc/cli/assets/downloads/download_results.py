"""Prints what downloads have brought about."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import path_text, print_line, size_text
from emo_grpc.client import DownloadResult

STDOUT_HANDLE: Final = 1


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
