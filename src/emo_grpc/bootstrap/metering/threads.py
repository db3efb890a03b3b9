"""Counts the threads that work."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from emo_grpc.bootstrap.transfer_threads import TransferThreads

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class MeasuredThreads(Executor):
    """Threads of others, of which `busy` work now."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._working: deque[None] = deque()  # changes in one step, on any thread

    @property
    def busy(self) -> int:
        """How many."""
        return len(self._working)

    def submit(
        self, work: Callable[Parameters, Result], /, *args: Parameters.args, **named: Parameters.kwargs
    ) -> Future[Result]:
        """See Executor."""
        return self._threads.submit(self._run, work, *args, **named)

    def _run(self, work: Callable[Parameters, Result], /, *args: Parameters.args, **named: Parameters.kwargs) -> Result:
        self._working.append(None)
        try:
            return work(*args, **named)
        finally:
            self._working.pop()


def measured_threads(threads: TransferThreads) -> tuple[TransferThreads, dict[str, MeasuredThreads]]:
    """The same threads; and those that count, by what they do: `transfer` where the same ones do everything."""
    if threads.sealing is threads.storing is threads.reading:
        all_of_them = MeasuredThreads(threads.storing)
        return TransferThreads(all_of_them, all_of_them, all_of_them), {"transfer": all_of_them}
    pools = {name: MeasuredThreads(getattr(threads, name)) for name in ("sealing", "storing", "reading")}
    return TransferThreads(**pools), pools
