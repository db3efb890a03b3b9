"""How a server process is."""

from collections.abc import Mapping
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Gauge, Histogram

LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

Together = Literal["livesum", "livemax", "livemostrecent"]
"""How the values of several processes become one; a process that has ended has none."""


class PrometheusProcessMeter:
    """Gauges are set anew every second, so reading them asks nobody."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str, together: Together = "livesum") -> Gauge:
            return Gauge(name, text, labels, registry=registry, multiprocess_mode=together)

        self.loop_lag = Histogram(
            "emo_event_loop_lag_seconds",
            "Seconds that a turn of the event loop came late.",
            buckets=LAG_SECONDS,
            registry=registry,
        )
        self.loop_blocked = gauge(
            "emo_event_loop_blocked_seconds", "Seconds for which a turn has been due.", together="livemax"
        )
        self.memory = gauge("emo_resident_memory_bytes", "Resident memory of the server processes.")
        self.engine_up = gauge("emo_engine_up", "Whether an engine answers: 1 or 0.", "engine", together="livemax")
        self.draining = gauge("emo_draining", "Whether a process takes no new calls: 1 or 0.", together="livemax")

    def set_engines(self, answering: Mapping[str, bool]) -> None:
        """By their names."""
        for engine, answers in answering.items():
            self.engine_up.labels(engine).set(answers)
