"""Bars that show how far transfers have come."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from emo_grpc.cli.terminal.cleaning import clean
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.output import is_watched
from emo_grpc.client import OnProgress
from emo_grpc.client import Progress as Transferred

MAX_NAME = 32


class ProgressBars:
    """Bars on standard error; nothing at all when no person watches it."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=CleanConsole(stderr=True),
            disable=not is_watched(),
            transient=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def bar(self, name: str, total: int | None) -> Iterator[OnProgress]:
        """A bar for one transfer; gives what is to be told of its progress."""
        name = clean(name)
        shown = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
        task = self._progress.add_task(escape(shown), total=total, start=False)
        try:
            yield _Follower(self._progress, task)
        finally:
            self._progress.remove_task(task)


class _Follower:
    """Begins to measure at the first news, so that what an earlier run has sent is not taken for speed."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._persisted: int | None = None

    def __call__(self, transferred: Transferred) -> None:
        if self._persisted is None or transferred.done < self._persisted:
            self._progress.reset(self._task, total=transferred.total, completed=transferred.done)
        else:
            self._progress.update(self._task, total=transferred.total, completed=transferred.done)
        self._persisted = transferred.done
