"""What waits, and what is left over."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge


class PrometheusBacklogMeter:
    """All processes on the same engines see the same, so whoever looked last is right."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry, multiprocess_mode="livemostrecent")

        self._rows = gauge("emo_outbox_rows", "Events not delivered yet: waiting, failing, or dead letters.", "state")
        self.oldest = gauge(
            "emo_outbox_oldest_seconds", "For how long an event has been due, the one that waits longest."
        )
        self.orphans = gauge(
            "emo_orphaned_files",
            "Stored files that no asset refers to, in the 256th part of the store that was looked at last.",
        )
        self.verified_backup = gauge(
            "emo_last_verified_backup_timestamp_seconds",
            "When the latest backup that was verified was made; 0: there is none.",
        )

    def set_rows(self, by_state: Mapping[str, int]) -> None:
        """By their states."""
        for state, count in by_state.items():
            self._rows.labels(state).set(count)
