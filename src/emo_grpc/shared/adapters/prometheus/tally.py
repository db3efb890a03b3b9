"""Figures on their way into metrics.

To count one thing by prometheus-client costs some thousand instructions, twice as many in files, and a call has a dozen
things to count. So they are only noted, and go into the metrics once a second, all at one go.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Histogram

MOST_NOTED: Final = 100_000
"""Far more than come in a second; whatever is more is lost, for memory must not grow where nobody flushes."""


class BulkHistogram(Histogram):
    """One that takes many values at once."""

    def add(self, values: Sequence[float]) -> None:
        """As `observe` does with each."""
        counts = [0] * len(self._buckets)
        for value in values:
            counts[bisect_left(self._upper_bounds, value)] += 1
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)
        self._sum.inc(sum(values))


class CountTally:
    """Amounts that were noted, on any thread, for one counter."""

    __slots__ = ("_counter", "_noted", "note")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._noted: deque[int] = deque(maxlen=MOST_NOTED)
        self.note = self._noted.append

    def flush(self) -> None:
        """Move what was noted into the counter."""
        self._counter.inc(sum(self._noted.popleft() for _ in range(len(self._noted))))


class SecondsTally:
    """Seconds that were noted, on any thread, for one series of a histogram."""

    __slots__ = ("_histogram", "_noted", "note")

    def __init__(self, histogram: BulkHistogram) -> None:
        self._histogram = histogram
        self._noted: deque[float] = deque(maxlen=MOST_NOTED)
        self.note = self._noted.append

    def flush(self) -> int:
        """Move what was noted into the histogram; gives how many there were."""
        values = [self._noted.popleft() for _ in range(len(self._noted))]
        if values:
            self._histogram.add(values)
        return len(values)
