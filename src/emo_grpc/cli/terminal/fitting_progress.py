"""Draws bars that stay in one line each, however narrow the terminal is and becomes."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.measure import Measurement
from rich.progress import DownloadColumn, Progress, ProgressColumn, Task, TransferSpeedColumn
from rich.table import Column, Table

from emo_grpc.cli.terminal.console import CleanConsole

LEFT_OUT: Final = (TransferSpeedColumn, DownloadColumn)
"""What a person misses least, the first one first."""
MIN_NAME: Final = 14
"""Cells: of "12 of 12 files"."""
MIN_BAR: Final = 8
GAP: Final = 1


class FittingProgress(Progress):
    """Its first column is the name, which is cut, and its second the bar, which takes what is left."""

    def __init__(self, *columns: ProgressColumn, console: CleanConsole, disable: bool) -> None:
        self._drawn_on = console  # what is below it is called before it has its own
        super().__init__(*columns, console=console, disable=disable, transient=True)

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        """See Progress; called anew for each drawing."""
        shown = [task for task in tasks if task.visible]
        name, bar, *facts = [column for column in self.columns if isinstance(column, ProgressColumn)]
        for kind in LEFT_OUT:
            if self._room_for_name(facts, shown) < MIN_NAME:
                facts = [fact for fact in facts if not isinstance(fact, kind)]
        named = Column(no_wrap=True, overflow="ellipsis", max_width=max(1, self._room_for_name(facts, shown)))
        rest = (Column(no_wrap=True) for _ in facts)
        table = Table.grid(named, Column(min_width=MIN_BAR), *rest, padding=(0, GAP))
        for task in shown:
            table.add_row(*(column(task) for column in (name, bar, *facts)))
        return table

    def _room_for_name(self, facts: Sequence[ProgressColumn], tasks: Sequence[Task]) -> int:
        """Cells that are left beside a short bar and these."""
        widths = (max((self._width(fact, task) for task in tasks), default=0) for fact in facts)
        return self._drawn_on.width - sum(width + GAP for width in widths) - MIN_BAR - GAP

    def _width(self, column: ProgressColumn, task: Task) -> int:
        return Measurement.get(self._drawn_on, self._drawn_on.options, column(task)).maximum
