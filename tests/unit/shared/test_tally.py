"""Figures that are counted all at one go."""

import threading

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from emo_grpc.shared.adapters.prometheus.tally import BulkHistogram, SecondsTally

BOUNDS = (0.1, 0.5, 1.0)
SECONDS = st.one_of(st.sampled_from([0.0, *BOUNDS, 2.0]), st.floats(min_value=0, max_value=3))


def shown(registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels.get("le", "")): round(sample.value, 6)
        for metric in registry.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }


@given(st.lists(SECONDS))
def test_many_at_once_are_each_observed(values: list[float]) -> None:
    """What comes out is what observing them one by one gives, on the bounds of buckets too."""
    one_by_one, at_once = CollectorRegistry(), CollectorRegistry()
    expected = Histogram("seconds", "x", buckets=BOUNDS, registry=one_by_one)
    tally = SecondsTally(BulkHistogram("seconds", "x", buckets=BOUNDS, registry=at_once))
    for value in values:
        expected.observe(value)
        tally.note(value)
    assert tally.flush() == len(values)
    assert shown(at_once) == shown(one_by_one)
    assert tally.flush() == 0


def test_threads_note_meanwhile() -> None:
    """Nothing that is noted while others flush is lost."""
    registry = CollectorRegistry()
    tally = SecondsTally(BulkHistogram("seconds", "x", ["a"], buckets=BOUNDS, registry=registry).labels("b"))
    threads = [threading.Thread(target=lambda: [tally.note(0.2) for _ in range(5_000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        tally.flush()
    tally.flush()
    assert registry.get_sample_value("seconds_count", {"a": "b"}) == 20_000
