"""Prints findings one by one, so that any number of them takes no memory."""

from typing import Final, Self

from emo_grpc.cli.admin.storage.finding_formats import HEADINGS, Finding, Row
from emo_grpc.cli.terminal.output import is_terminal, write_json
from emo_grpc.cli.terminal.printing import print_error, print_rows, print_tabbed

MAX_ROWS: Final = 1000
"""Of a table, which a terminal gets at the end, when the progress bar is gone."""


class Findings:
    """At once and one a line for programs, JSON or values separated by tabs; as a table at the end for people."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._as_table = not as_json and is_terminal()
        self._rows: list[Row] = []
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._rows:
            print_rows(HEADINGS, self._rows)
        if self._as_table and self._count > MAX_ROWS:
            print_error(f"these are the first {MAX_ROWS:,} of {self._count:,}; --json tells of all")

    def add(self, finding: Finding) -> None:
        """Print it, or keep it for the table."""
        self._count += 1
        if self._as_json:
            write_json(finding.content)
        elif not self._as_table:
            print_tabbed(finding.row)
        elif len(self._rows) < MAX_ROWS:
            self._rows.append(finding.row)
