"""A table and a plot."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import grpc
import matplotlib as mpl

from benchmarks.result import Result

mpl.use("Agg")

from matplotlib import pyplot

COLOURS = {True: "#2a9d8f", False: "#e76f51", None: "#8d99ae"}
MARKS = {True: "yes", False: "**no**", None: ""}


def write(results: list[Result], folder: Path, seconds: float, command: str, clients: str) -> None:
    """Write README.md and benchmarks.png into `folder`; `clients` says what theirs were."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(_page(results, seconds, command, clients), encoding="utf-8")
    _plot(results, folder / "benchmarks.png")


def _page(results: list[Result], seconds: float, command: str, clients: str) -> str:
    lines = [
        "# Benchmarks",
        "",
        f"`{command}` wrote this page on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes: {machine()}.",
        "References were measured in turns with emo, in the same run (bare grpc.aio: a server with the same contract",
        "and nothing behind it, untuned). Clients run on the same machine, so all share its cores.",
        f"{clients} Figures are medians, in brackets the least and the most. Machines differ: compare the ratios.",
        "",
        "![Ratios to the reference, with their targets](benchmarks.png)",
        "",
        "| what | emo | reference | ratio | target | met |",
        "|---|---:|---:|---:|---|:-:|",
    ]
    section = ""
    for result in results:
        if result.section != section:
            section = result.section
            lines.append(f"| **{section}** | | | | | |")
        lines.append(_row(result))
    return "\n".join(lines) + "\n"


def _row(result: Result) -> str:
    reference = result.reference_median
    beside = f"{_spread(result.reference)} {result.unit} ({result.reference_name})" if reference is not None else ""
    ratio = f"{result.ratio:.2f}" if result.ratio is not None else ""
    return (
        f"| {result.name} | {_spread(result.samples)} {result.unit} | {beside} | {ratio} | {result.target} |"
        f" {MARKS[result.is_met]} |"
    )


def _spread(samples: list[float]) -> str:
    middle = sorted(samples)[len(samples) // 2]
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    if len(samples) == 1:
        return f"{middle:.{digits}f}"
    return f"{middle:,.{digits}f} ({min(samples):,.{digits}f} to {max(samples):,.{digits}f})"


def machine() -> str:
    """Which one was measured, and with what."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()},"
        f" grpcio {grpc.__version__}"
    )


def _plot(results: list[Result], path: Path) -> None:
    shown = [result for result in results if result.ratio is not None]
    figure, axes = pyplot.subplots(figsize=(9, 0.5 * len(shown) + 1.2), layout="constrained")
    for row, result in enumerate(reversed(shown)):
        ratio = result.ratio or 0.0
        axes.barh(row, ratio, color=COLOURS[result.is_met], height=0.6)
        axes.text(
            ratio,
            row,
            f" {ratio:.2f}" + (f"   target {result.target}" if result.target else ""),
            va="center",
            fontsize=9,
        )
    axes.set_yticks(range(len(shown)), [f"{result.section}: {result.name}" for result in reversed(shown)])
    axes.axvline(1.0, color="#888888", linewidth=1, linestyle=":")
    axes.set_xlim(0, max((result.ratio or 0.0 for result in shown), default=1.0) * 1.5)
    axes.set_xlabel("ratio to the reference (throughput: more is better; times: less is better)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
