"""What is true of a server whatever its processes do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Value = Callable[[], float | None]
"""None: not known now."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A gauge that is looked at when somebody asks. `values`: by the values of its labels."""

    name: str
    text: str
    labels: Sequence[str] = ()
    values: Mapping[Sequence[str], Value] = field(default_factory=dict)


class _Facts(Collector):
    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = facts

    def collect(self) -> Iterable[Metric]:
        for fact in self._facts:
            family = GaugeMetricFamily(fact.name, fact.text, labels=fact.labels)
            for labels, value in fact.values.items():
                if (found := value()) is not None:
                    family.add_metric(labels, found)
            yield family


def add_facts(registry: CollectorRegistry, facts: Sequence[Fact]) -> None:
    """Have the registry give these too."""
    registry.register(_Facts(facts))
