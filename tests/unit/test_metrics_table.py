"""The page that tells of metrics, against what is exported."""

from prometheus_client import CollectorRegistry

from emo_grpc.hosting.ops.host_facts import host_facts
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.prometheus.host_facts import add_facts
from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
from unit.test_docs import rows_of

HEADINGS = "| metric | type | labels | what it is |"


def test_the_table_tells_of_every_metric() -> None:
    """By its name and type, in the words that /metrics has for it."""
    registry = CollectorRegistry()
    PrometheusMeters(registry)
    add_facts(registry, host_facts(Settings(_env_file=None), lambda: 0))
    exported = {
        (f"{metric.name}_total" if metric.type == "counter" else metric.name, metric.type, metric.documentation)
        for metric in registry.collect()
    }
    told = {(name.strip("`"), kind, text) for name, kind, _, text in rows_of("docs/operations.md", HEADINGS)}
    assert told == exported
