"""What was measured."""

from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Result:
    """One line of the table.

    `samples` are emo's, `reference` those of what it is held against, in `unit`. `ratio` compares the two so that more
    is better where `target` is a least, and less where it is a most; `is_met` is None where there is no target.
    """

    section: str
    name: str
    unit: str
    samples: list[float]
    reference: list[float]
    reference_name: str
    ratio: float | None
    target: str
    is_met: bool | None

    @property
    def median(self) -> float:
        """Of emo's samples."""
        return median(self.samples)

    @property
    def reference_median(self) -> float | None:
        """Of the reference's samples, if there is one."""
        return median(self.reference) if self.reference else None

    @property
    def value(self) -> float:
        """What its target is about: the ratio, or the worst sample."""
        return max(self.samples) if self.ratio is None else self.ratio

    @property
    def margin(self) -> float | None:
        """How much better it is than its target: 1 is just as good, 2 twice as good; None where there is no target."""
        if not self.target:
            return None
        relation, limit = self.target.split()[:2]
        return self.value / float(limit) if relation == "≥" else float(limit) / self.value


BARE = "bare grpc.aio"


def at_least(
    section: str,
    name: str,
    unit: str,
    samples: list[float],
    reference: list[float],
    limit: float,
    goal: float | None = None,
    reference_name: str = BARE,
) -> Result:
    """Throughput, round by round, as a share of the reference's in the same round."""
    ratio = median(mine / theirs for mine, theirs in zip(samples, reference, strict=True))
    target = f"≥ {limit}" + (f" (goal {goal})" if goal else "")
    return Result(section, name, unit, samples, reference, reference_name, ratio, target, ratio >= limit)


def at_most(
    section: str, name: str, unit: str, samples: list[float], reference: list[float], reference_name: str, limit: float
) -> Result:
    """Time, as a multiple of another time."""
    ratio = median(samples) / median(reference)
    return Result(section, name, unit, samples, reference, reference_name, ratio, f"≤ {limit} times", ratio <= limit)


def tail_at_most(
    section: str, name: str, unit: str, samples: list[float], reference: list[float], reference_name: str, limit: float
) -> Result:
    """The p95 of times, as a multiple of the p95 of other times."""
    mine, theirs = _p95(samples), _p95(reference)
    ratio = mine / theirs
    return Result(section, name, unit, [mine], [theirs], reference_name, ratio, f"≤ {limit} times", ratio <= limit)


def _p95(samples: list[float]) -> float:
    return quantiles(samples, n=20)[-1]


def below(section: str, name: str, unit: str, samples: list[float], limit: float) -> Result:
    """A quantity with a limit of its own."""
    return Result(section, name, unit, samples, [], "", None, f"≤ {limit:g} {unit}", max(samples) <= limit)


def noted(section: str, name: str, unit: str, samples: list[float]) -> Result:
    """A quantity that helps to read the others."""
    return Result(section, name, unit, samples, [], "", None, "", None)


def beside(
    section: str, name: str, unit: str, samples: list[float], reference: list[float], reference_name: str = BARE
) -> Result:
    """Throughput beside the reference's, without a target."""
    ratio = median(mine / theirs for mine, theirs in zip(samples, reference, strict=True))
    return Result(section, name, unit, samples, reference, reference_name, ratio, "", None)
