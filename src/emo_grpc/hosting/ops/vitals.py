"""What one server process tells of itself while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from emo_grpc.bootstrap.service import RunningService
from emo_grpc.hosting.ops.metric_folder import no_room_for_metrics
from emo_grpc.hosting.ops.process_state import ProcessState
from emo_grpc.hosting.ops.pulse import Pulse
from emo_grpc.hosting.ops.resident_memory import resident_memory
from emo_grpc.hosting.ops.ticker import ticking
from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
from emo_grpc.shared.adapters.prometheus.metric_files import write_metric_files
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

Tell = Callable[[ProcessState], None]
"""Called every second on a thread."""


class Vitals:
    """Tells how the process is, and sets its gauges, every second: also while its event loop is blocked."""

    def __init__(self, meters: PrometheusMeters, tell: Tell) -> None:
        self.meters = meters
        self._tell = tell

    @asynccontextmanager
    async def of(self, service: RunningService) -> AsyncIterator[None]:
        """Do so for the block."""
        pulse = Pulse(self.meters.process.loop_lag.observe)

        def look() -> None:
            state = ProcessState(service.watch.answering, service.engines.drain.has_started, pulse.turned)
            self._measure(state, pulse)
            self.meters.store.flush()
            self.meters.transfers.flush()
            if service.assets.gauges is not None:
                service.assets.gauges()
            self._tell(state)  # last: who hears that it is ready finds its figures

        beating = asyncio.create_task(pulse.beat())
        try:
            with ticking(look):
                yield
        finally:
            await cancel_and_wait(beating)

    def _measure(self, state: ProcessState, pulse: Pulse) -> None:
        process = self.meters.process
        process.loop_blocked.set(pulse.blocked)
        process.memory.set(resident_memory())
        process.draining.set(state.is_draining)
        process.set_engines(state.engines)


def vitals_in_files(folder: Path, worker: int, tell: Tell) -> Vitals:
    """Those of a worker, whose metrics another process collects. Raises CannotStart."""
    try:
        write_metric_files(folder, worker)
    except OSError as error:
        raise no_room_for_metrics(error) from error
    return Vitals(PrometheusMeters(CollectorRegistry()), tell)
