"""A picture of what was measured: how much better than its target each result is, or worse."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import matplotlib as mpl

from benchmarks.result import Result

mpl.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes

COLOURS = {True: "#2a9d8f", False: "#e76f51"}
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
MANY = 12
"""A section of more results has one line for all."""


def plot(results: Sequence[Result], path: Path) -> None:
    """Draw those that have a target, a line each under the name of their section."""
    sections = groupby((each for each in results if each.margin is not None), key=lambda each: each.section)
    lines = [line for section, found in sections for line in _lines(section, list(found))]
    figure, axes = pyplot.subplots(figsize=(10, 0.26 * len(lines) + 1.0), layout="constrained")
    for row, (_, shown) in enumerate(reversed(lines)):
        _draw(axes, row, shown)
    axes.set_yticks(range(len(lines)), [label for label, _ in reversed(lines)], fontsize=8)
    for text, (_, shown) in zip(axes.get_yticklabels(), reversed(lines), strict=True):
        text.set_fontweight("normal" if shown else "bold")
    _finish(axes)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _lines(section: str, found: list[Result]) -> list[tuple[str, list[Result]]]:
    """Labels, with what is drawn beside them."""
    if len(found) > MANY:
        met = sum(bool(each.is_met) for each in found)
        return [(section, []), (f"{met} of {len(found)} meet their target", found)]
    return [(section, []), *((f"{each.name}, {each.unit}", [each]) for each in found)]


def _draw(axes: Axes, row: int, shown: list[Result]) -> None:
    for each in shown:
        margin, colour = each.margin or 0.0, COLOURS[bool(each.is_met)]
        axes.plot(margin, row, "o", color=colour, markersize=6, alpha=0.6 if len(shown) > 1 else 1.0)
        if len(shown) == 1:
            axes.plot((1, margin), (row, row), color=colour, linewidth=2)
            place = (1.01, row)
            text = f"{each.value:.3g}  ({each.target})"
            axes.annotate(text, place, xycoords=("axes fraction", "data"), va="center", fontsize=8)


def _finish(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.minorticks_off()
    axes.axvline(1.0, color="#888888", linewidth=1)
    axes.set_ylim(-0.7, axes.get_ylim()[1])
    axes.set_xlabel("how many times as good as its target")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
