"""All that a server process measures."""

from prometheus_client import CollectorRegistry, disable_created_metrics

from emo_grpc.shared.adapters.prometheus.call_meter import PrometheusCallMeter
from emo_grpc.shared.adapters.prometheus.process_meter import PrometheusProcessMeter


class PrometheusMeters:
    """Meters by what they measure. One object for a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # One series more for each counter, which tells nothing here.
        disable_created_metrics()  # type: ignore[no-untyped-call] # the library has no types for it
        self.calls = PrometheusCallMeter(registry)
        self.process = PrometheusProcessMeter(registry)
