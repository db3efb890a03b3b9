"""Metrics of several processes, in files of one folder that all of them map into memory."""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead


def write_metric_files(folder: Path, worker: int) -> None:
    """Have this process keep its metrics there; to be called before any of them is made.

    The files are those of the worker's number, not of its process id: whoever takes the place of a dead one counts on
    where that was killed, and the files do not grow in number.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    # As https://prometheus.github.io/client_python/multiprocess/ has it for workers with ids.
    values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call] # the library has no types for it


def collect_metric_files(folder: Path, registry: CollectorRegistry) -> None:
    """Have the registry give the sums of all processes."""
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call] # the library has no types for it


def forget_gauges(folder: Path, worker: int) -> None:
    """A worker has ended: what it was then is no longer so, but what it has counted was."""
    mark_process_dead(worker, str(folder))  # type: ignore[no-untyped-call] # the library has no types for it
