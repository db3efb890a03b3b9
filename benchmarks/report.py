"""A page of tables, with a plot."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import grpc

from benchmarks.plot import plot
from benchmarks.result import Result

MARKS = {True: "yes", False: "**no**", None: ""}
MEASURED = "measured.json"
"""Beside the page: what it is written from, so that one section can be measured again."""


@dataclass(frozen=True)
class Measured:
    """One section: when and on what it was measured, and what came out."""

    date: str
    seconds: float
    machine: str
    results: Sequence[Result]

    @classmethod
    def today(cls, seconds: float, results: Sequence[Result]) -> Self:
        """What this machine took so long for."""
        return cls(f"{datetime.now(UTC):%Y-%m-%d}", round(seconds), machine(), results)


class Report:
    """README.md and benchmarks.png in `folder`, of all sections that were ever measured there; those in `order` first.

    `command` made it; `clients` says what those of the servers were.
    """

    def __init__(self, folder: Path, order: Sequence[str], command: str, clients: str) -> None:
        self._folder = folder
        self._order = order
        self._command = command
        self._clients = clients

    @property
    def page(self) -> Path:
        """The table."""
        return self._folder / "README.md"

    def add(self, name: str, measured: Measured) -> None:
        """Put it in the place of what was measured of this section before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        sections = self._kept() | {name: measured}
        sections = {each: sections[each] for each in self._order if each in sections} | sections
        text = json.dumps({each: asdict(section) for each, section in sections.items()}, indent=1)
        (self._folder / MEASURED).write_text(text + "\n", encoding="utf-8")
        self.page.write_text(_page(sections, self._command, self._clients), encoding="utf-8")
        plot([result for section in sections.values() for result in section.results], self._folder / "benchmarks.png")

    def _kept(self) -> dict[str, Measured]:
        path = self._folder / MEASURED
        if not path.exists():
            return {}
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Measured(**section | {"results": [Result(**each) for each in section["results"]]})
            for name, section in kept.items()
        }


def _page(sections: Mapping[str, Measured], command: str, clients: str) -> str:
    results = [result for section in sections.values() for result in section.results]
    lines = [
        "# Benchmarks",
        "",
        f"`{command}` wrote this page.",
        "References were measured in turns with emo, in the same run (bare grpc.aio: a server with the same contract",
        "and nothing behind it, untuned). Clients run on the same machine, so all share its cores.",
        f"{clients} Figures are medians, in brackets the least and the most. Machines differ: compare the ratios.",
        "",
        f"A target is to be reached, a goal would be better still. {_summed(results)}",
        "",
        "![How much better than its target each is, or worse](benchmarks.png)",
        "",
        "| what | emo | reference | ratio | target | met |",
        "|---|---:|---:|---:|---|:-:|",
    ]
    title = ""
    for result in results:
        if result.section != title:
            title = result.section
            lines.append(f"| **{title}** | | | | | |")
        lines.append(_row(result))
    lines += ["", "| section | measured on | minutes | machine |", "|---|---|---:|---|"]
    lines += [
        f"| {name} | {section.date} | {_minutes(section.seconds)} | {section.machine} |"
        for name, section in sections.items()
    ]
    return "\n".join(lines) + "\n"


def _summed(results: Sequence[Result]) -> str:
    aimed = [each.is_met for each in results if each.is_met is not None]
    return f"Of {len(aimed)} figures with a target {sum(aimed)} meet it."


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f}" if seconds >= 30 else "< 1"


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
