"""How files move."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from emo_grpc.shared.adapters.prometheus.tally import CountTally

SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1)


class PrometheusTransferMeter:
    """Counters are of plaintext bytes. Gauges are set anew every second."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry, multiprocess_mode="livesum")

        def counter(name: str, text: str) -> CountTally:
            return CountTally(Counter(name, text, registry=registry))

        self.sealed = counter("emo_sealed_bytes_total", "Bytes of files encrypted for uploads.")
        self.opened = counter("emo_opened_bytes_total", "Bytes of files decrypted and proven.")
        self.quota_share = Histogram(
            "emo_quota_share",
            "Share of the quota in use when something is added; over 1 it is refused.",
            buckets=SHARES,
            registry=registry,
        )
        self.open_uploads = gauge("emo_open_uploads", "Upload streams.")
        self.open_downloads = gauge("emo_open_downloads", "Download streams.")
        self.parts = gauge("emo_parts_in_flight", "Parts of uploads that are being made durable.")
        self.memory = gauge("emo_transfer_memory_bytes", "Memory that transfers hold beyond the least of each.")
        self.threads = gauge(
            "emo_threads", "Threads at most for the blocking work of transfers, by what they do.", "pool"
        )
        self.busy_threads = gauge("emo_threads_busy", "Those of them that work now.", "pool")

    def flush(self) -> None:
        """Have what was noted counted; on any thread."""
        self.sealed.flush()
        self.opened.flush()
