"""All that a server process measures."""

from prometheus_client import CollectorRegistry, disable_created_metrics

from emo_grpc.shared.adapters.prometheus.backlog_meter import PrometheusBacklogMeter
from emo_grpc.shared.adapters.prometheus.call_meter import PrometheusCallMeter
from emo_grpc.shared.adapters.prometheus.process_meter import PrometheusProcessMeter
from emo_grpc.shared.adapters.prometheus.store_meter import PrometheusStoreMeter
from emo_grpc.shared.adapters.prometheus.transfer_meter import PrometheusTransferMeter


class PrometheusMeters:
    """Meters by what they measure. One object for a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # One series more for each counter, which tells nothing here.
        disable_created_metrics()  # type: ignore[no-untyped-call] # the library has no types for it
        self.calls = PrometheusCallMeter(registry)
        self.store = PrometheusStoreMeter(registry)
        self.transfers = PrometheusTransferMeter(registry)
        self.backlog = PrometheusBacklogMeter(registry)
        self.process = PrometheusProcessMeter(registry)
