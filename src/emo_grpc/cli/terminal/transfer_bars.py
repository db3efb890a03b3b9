"""Bars that show how far many transfers have come."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, Self

from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client import OnProgress, Progress

OWN_BAR_BYTES: Final = 8 * 1024 * 1024
"""A smaller file is through before its bar could be read."""


class TransferBars:
    """One bar over all `count` files: how many are done, their bytes, the time left. Large ones have their own, too.

    With a single file there is only its own. `total`: bytes of all of them. What a file has no need to transfer, since
    it is there, is taken out of the total, so that the time left is told by what moves.
    """

    def __init__(self, count: int, total: int) -> None:
        self._bars = ProgressBars()
        self._count = count
        self._done = 0
        self._total = total
        self._moved = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._bars)
        if self._count > 1:
            self._overall = self._stack.enter_context(self._bars.bar(self._title(), self._total))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def file(self, name: str, size: int | None) -> Iterator[OnProgress]:
        """Show one of the files; `size` in bytes, None if that is known only at the end."""
        with ExitStack() as stack:
            own = None
            if self._count == 1 or size is None or size >= OWN_BAR_BYTES:
                own = stack.enter_context(self._bars.bar(name, size))
            moving = _Moving()

            def on_progress(transferred: Progress) -> None:
                if own is not None:
                    own(transferred)
                if self._count > 1:
                    self._moved += moving.by(transferred)
                    self._show()

            try:
                yield on_progress
            finally:
                self._end(size or 0, moving.moved)

    def _end(self, size: int, moved: int) -> None:
        self._done += 1
        self._total -= size - moved
        if self._count > 1:
            self._show()

    def _show(self) -> None:
        self._overall(Progress(self._moved, self._moved, max(self._total, self._moved)))
        self._overall.rename(self._title())

    def _title(self) -> str:
        return f"{self._done:,} of {self._count:,} files"


class _Moving:
    """How many bytes of a file were transferred now, and not by an earlier command."""

    def __init__(self) -> None:
        self.moved = 0
        self._begin: int | None = None

    def by(self, transferred: Progress) -> int:
        """What came since the last news."""
        if self._begin is None:
            self._begin = min(transferred.done, transferred.persisted)
        news = max(0, transferred.done - self._begin - self.moved)
        self.moved += news
        return news
