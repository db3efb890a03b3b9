"""Listens on EMO_OPS_LISTEN, if that is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry

from emo_grpc.bootstrap.token_keys import public_jwks
from emo_grpc.hosting.ops.host_facts import host_facts
from emo_grpc.hosting.ops.metric_folder import metric_folder
from emo_grpc.hosting.ops.pages import OpsPages
from emo_grpc.hosting.ops.process_states import ProcessStates
from emo_grpc.hosting.ops.vitals import Vitals
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.prometheus.exposition import CONTENT_TYPE, Exposition
from emo_grpc.shared.adapters.prometheus.host_facts import add_facts
from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
from emo_grpc.shared.adapters.prometheus.metric_files import (
    collect_metric_files,
    forget_gauges,
    keep_metrics_in_memory,
)
from emo_grpc.shared.entrypoints.ops.http_server import ops_server
from emo_grpc.shared.entrypoints.ops.page import Page

THE_ONLY_ONE: Final = 1
"""The number of a process that has no supervisor."""


@dataclass(frozen=True, slots=True)
class WorkersWatched:
    """What a supervisor tells the pages of its workers. `folder`: where these keep their metrics."""

    address: str
    folder: Path
    states: ProcessStates

    def ended(self, number: int) -> None:
        """A worker has ended."""
        self.states.ended(number)
        forget_gauges(self.folder, number)


@contextmanager
def watched_alone(settings: Settings) -> Iterator[tuple[str, Vitals]]:
    """Listen while the block runs, for this process alone; gives the address, and what tells of the process.

    Raises CannotStart.
    """
    keep_metrics_in_memory()
    registry, states = CollectorRegistry(), ProcessStates((THE_ONLY_ONE,))
    vitals = Vitals(PrometheusMeters(registry), partial(states.tell, THE_ONLY_ONE))
    add_facts(registry, host_facts(settings, states.answering))
    with ops_server(settings.emo_ops_listen, _pages(settings, states, registry).by_path) as address:
        yield address, vitals


@contextmanager
def watched_workers(settings: Settings) -> Iterator[WorkersWatched]:
    """Listen while the block runs, for all workers; raises CannotStart."""
    keep_metrics_in_memory()
    with metric_folder() as folder:
        registry, states = CollectorRegistry(), ProcessStates(range(1, settings.emo_workers + 1))
        collect_metric_files(folder, registry)
        add_facts(registry, host_facts(settings, states.answering))
        with ops_server(settings.emo_ops_listen, _pages(settings, states, registry).by_path) as address:
            yield WorkersWatched(address, folder, states)


def _pages(settings: Settings, states: ProcessStates, registry: CollectorRegistry) -> OpsPages:
    exposition = Exposition(registry)
    return OpsPages(states.all, lambda: Page(exposition.text(), CONTENT_TYPE), public_jwks(settings))
