"""What the bars of transfers and of `emo admin` show."""

import io
import re
from itertools import count

import pytest
from rich.cells import cell_len
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.fitting_progress import FittingProgress
from emo_grpc.cli.terminal.progress_bars import Bar
from emo_grpc.client import Progress as Transferred
from unit.cli.test_narrow_terminal import ANSI


def new_bar(total: int = 0) -> tuple[Bar, Task]:
    """A bar by a clock that goes on by one second each time it is read."""
    progress = Progress(disable=True, get_time=count().__next__)
    task = progress.add_task("", total=total, start=False)
    return Bar(progress, task, total), progress.tasks[0]


def speed_of(task: Task) -> float:
    """Bytes a second; 0 as long as none is known."""
    return task.speed or 0


@pytest.mark.parametrize("columns", [200, 120, 80, 62, 60, 50, 40])
def test_each_bar_is_one_line(columns: int) -> None:
    """At any width, with names of any length and letters of any width; how much is done is always there."""
    screen = io.StringIO()
    console = CleanConsole(file=screen, width=columns, height=50, force_terminal=True)
    facts = TaskProgressColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    progress = FittingProgress(TextColumn("{task.description}"), BarColumn(None), *facts, console=console, disable=True)
    names = ["12 of 12 files", "A rather long name of a holiday film.mp4", "京都から来た長い名前の手紙です.txt"]
    for name in names:
        progress.add_task(name, total=123_456_789_012, completed=120_000_000_000)
    console.print(progress.make_tasks_table(progress.tasks))
    lines = ANSI.sub("", screen.getvalue()).rstrip("\n").split("\n")
    assert len(lines) == len(names)
    assert max(map(cell_len, lines)) <= columns
    for name, line in zip(names, lines, strict=True):
        assert line[:5] == name[:5]
        assert "97%" in line
        assert re.search(r"-:--:--|[0-9]:[0-9]{2}:[0-9]{2}", line)
    assert ("GB" in lines[0]) is (columns >= 60)


def test_counts_add_up() -> None:
    """Halves too; and the total grows with what is above it, since files may be added meanwhile."""
    bar, task = new_bar()
    assert not bar.has_begun
    bar.begin(10)
    assert bar.has_begun
    assert (task.completed, task.total) == (0, 10)
    bar.advance(2.5)
    bar.advance(2.5)
    assert (task.completed, task.total) == (5, 10)
    bar.advance(7)
    assert (task.completed, task.total) == (12, 12)


def test_what_an_earlier_run_has_sent_is_no_speed() -> None:
    """Nor what a transfer that begins again has sent before."""
    bar, task = new_bar()
    for done in (500, 600, 700):
        bar(Transferred(done, done, 1000))
    assert (task.completed, task.total) == (700, 1000)
    assert 0 < speed_of(task) <= 100
    bar(Transferred(100, 100, 1000))
    assert (task.completed, speed_of(task)) == (100, 0)
