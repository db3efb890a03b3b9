"""How engines answer."""

import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from emo_grpc.shared.adapters.prometheus.tally import BulkHistogram, SecondsTally
from emo_grpc.shared.domain.errors import StorageFull, Unavailable
from emo_grpc.shared.service_layer.observing import Work, WorkKind

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5)
# To look up a member of an enum takes longer than to compare it.
_STORE: Final = WorkKind.STORE
_COMMIT: Final = WorkKind.COMMIT
_UNMEASURED: Final = nullcontext()


class PrometheusStoreMeter:
    """Measures store calls and commits, each by its engine and operation, of which there are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = BulkHistogram(
            "emo_store_seconds",
            "Seconds that an engine takes for an operation.",
            ("engine", "operation"),
            buckets=SECONDS,
            registry=registry,
        )
        self._failures = Counter(
            "emo_store_failures_total",
            "Operations for which an engine was away or full.",
            ("engine",),
            registry=registry,
        )
        self._series: dict[tuple[str, str], tuple[SecondsTally, Counter]] = {}

    def observe(self, work: Work) -> AbstractContextManager[None]:
        """See Observer."""
        if work.kind is _STORE:
            # Not by _of at once: this is on the way of every call.
            series = self._series.get((work.engine, work.name)) or self._of(work.engine, work.name)
            return _Measured(*series)
        if work.kind is _COMMIT:
            return _Measured(*self._of(work.engine, f"{work.name}.commit"))
        return _UNMEASURED

    def flush(self) -> None:
        """Have what was noted counted; on any thread."""
        for seconds, _ in list(self._series.values()):
            seconds.flush()

    def _of(self, engine: str, operation: str) -> tuple[SecondsTally, Counter]:
        series = self._series.get((engine, operation))
        if series is None:
            series = SecondsTally(self._seconds.labels(engine, operation)), self._failures.labels(engine)
            self._series[engine, operation] = series
        return series


class _Measured:
    __slots__ = ("_begin", "_failures", "_seconds")

    def __init__(self, seconds: SecondsTally, failures: Counter) -> None:
        self._seconds = seconds
        self._failures = failures

    def __enter__(self) -> None:
        self._begin = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seconds.note(time.perf_counter() - self._begin)
        if error is not None and isinstance(error, Unavailable | StorageFull):
            self._failures.inc()
