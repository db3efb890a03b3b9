"""Bars that show how far transfers have come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from emo_grpc.cli.terminal.cleaning import clean
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.fitting_progress import FittingProgress
from emo_grpc.cli.terminal.output import is_error_terminal
from emo_grpc.client import Progress as Transferred

MAX_NAME: Final = 32


class Bar:
    """One bar; called as OnProgress, or begun and advanced by counts.

    It begins to measure at the first news, so that what an earlier run has sent is not taken for speed.
    """

    def __init__(self, progress: Progress, task: TaskID, total: int) -> None:
        self._progress = progress
        self._task = task
        self._total = total
        self._done = 0.0
        self._shown: int | None = None

    @property
    def has_begun(self) -> bool:
        """Whether there was news."""
        return self._shown is not None

    def __call__(self, transferred: Transferred) -> None:
        """Show how far a transfer has come."""
        self._show(transferred.done, transferred.total)

    def rename(self, name: str) -> None:
        """Show it under another name."""
        self._progress.update(self._task, description=escape(clean(name)))

    def begin(self, total: int) -> None:
        """Show that nothing is done yet of this many."""
        self._total = total
        self.advance(0)

    def advance(self, count: float) -> None:
        """Show that so many more are done; the total grows with what is above it."""
        self._done += count
        self._show(int(self._done), max(self._total, int(self._done)))

    def _show(self, done: int, total: int | None) -> None:
        is_behind = self._shown is None or done < self._shown
        show = self._progress.reset if is_behind else self._progress.update
        show(self._task, total=total, completed=done)
        self._shown = done


class ProgressBars:
    """Bars on standard error, by default of bytes; nothing at all when no person watches it."""

    def __init__(self, columns: Sequence[ProgressColumn] | None = None) -> None:
        of_bytes = TaskProgressColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
        self._progress = FittingProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            *(columns or of_bytes),
            console=CleanConsole(stderr=True),
            disable=not is_error_terminal(),
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def bar(self, name: str, total: int | None) -> Iterator[Bar]:
        """A bar for one transfer."""
        name = clean(name)
        shown = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
        task = self._progress.add_task(escape(shown), total=total, start=False)
        try:
            yield Bar(self._progress, task, total or 0)
        finally:
            self._progress.remove_task(task)
