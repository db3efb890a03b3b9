"""Metrics of several processes, in files of one folder that all of them map into memory."""

import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

VARIABLES: Final = ("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir")
KINDS: Final = ("counter", "histogram", "gauge_livesum", "gauge_livemax", "gauge_livemostrecent")
"""What the library begins the names of its files with."""
BYTES: Final = 1 << 20
"""Of a file, as the library makes it, but for holes."""


def keep_metrics_in_memory() -> None:
    """Have this process keep its own metrics, whatever another program's environment says; to be called as below."""
    for name in VARIABLES:
        os.environ.pop(name, None)
    values.ValueClass = values.MutexValue


def write_metric_files(folder: Path, worker: int) -> None:
    """Have this process keep its metrics there; to be called before any of them is made.

    The files are those of the worker's number, not of its process id: whoever takes the place of a dead one counts on
    where that was killed, and the files do not grow in number. Raises OSError where there is no room for them.
    """
    for kind in KINDS:
        _allocate(folder / f"{kind}_{worker}.db")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    # As https://prometheus.github.io/client_python/multiprocess/ has it for workers with ids.
    values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call] # the library has no types for it


def collect_metric_files(folder: Path, registry: CollectorRegistry) -> None:
    """Have the registry give the sums of all processes."""
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call] # the library has no types for it


def forget_gauges(folder: Path, worker: int) -> None:
    """A worker has ended: what it was then is no longer so, but what it has counted was."""
    mark_process_dead(worker, str(folder))  # type: ignore[no-untyped-call] # the library has no types for it


def _allocate(path: Path) -> None:
    """Or the system would end a worker that comes to a hole in it when the disk is full (SIGBUS)."""
    with path.open("ab") as file:
        if not file.tell():
            file.write(bytes(BYTES))
