"""What the bars of transfers and of `emo admin` show."""

from itertools import count

from rich.progress import Progress, Task

from emo_grpc.cli.terminal.progress_bars import Bar
from emo_grpc.client import Progress as Transferred


def new_bar(total: int = 0) -> tuple[Bar, Task]:
    """A bar by a clock that goes on by one second each time it is read."""
    progress = Progress(disable=True, get_time=count().__next__)
    task = progress.add_task("", total=total, start=False)
    return Bar(progress, task, total), progress.tasks[0]


def speed_of(task: Task) -> float:
    """Bytes a second; 0 as long as none is known."""
    return task.speed or 0


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
