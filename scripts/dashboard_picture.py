"""Draws the main graphs of the dashboard, as a real Prometheus answers them that watches a server for some minutes.

Needs `prometheus` on the PATH, and the folders `tests` and `.` on the path of Python: `make dashboard-picture`.
"""

import math
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import matplotlib as mpl

from e2e.ops.dashboard import Dashboard, Panel
from e2e.ops.load import use, watched_server
from e2e.ops.prometheus_process import PrometheusProcess, running

mpl.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, PercentFormatter

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "dashboard.png"
SHOWN = (
    "Calls by status code",
    "Time of single calls",
    "Bytes of files",
    "Open transfers",
    "Time of engines",
    "Resident memory",
)
PEOPLE = ("ann", "bob", "eve")
SECONDS = 150.0
"""For how long it is watched. One after another comes, and they all go a little before its end."""
MOST_LINES = 6
UNITS = {
    "s": EngFormatter("s"),
    "bytes": EngFormatter("B"),
    "Bps": EngFormatter("B/s"),
    "reqps": EngFormatter("/s"),
    "percentunit": PercentFormatter(1.0),
}


def main() -> int:
    """Watch, ask, draw."""
    with tempfile.TemporaryDirectory() as folder, watched(Path(folder)) as prometheus:
        begin = float(int(time.time()))
        time.sleep(SECONDS)
        draw(prometheus, begin, time.time())
    sys.stdout.write(f"{PICTURE.relative_to(Path.cwd())}\n")
    return 0


@contextmanager
def watched(folder: Path) -> Iterator[PrometheusProcess]:
    """A Prometheus, and a server that people use."""
    over = threading.Event()
    with (
        watched_server(folder / "server") as (server, ops),
        running(folder / "prometheus", [ops.address]) as prometheus,
        ThreadPoolExecutor(len(PEOPLE)) as people,
    ):
        for at, name in enumerate(PEOPLE):
            people.submit(come_and_use, server, name, over, at * SECONDS / 5)
        threading.Timer(SECONDS * 0.9, over.set).start()
        try:
            yield prometheus
        finally:
            over.set()


def come_and_use(server: object, name: str, over: threading.Event, after: float) -> None:
    """Somebody comes after so many seconds."""
    over.wait(after)
    use(server, name, over.is_set)


def draw(prometheus: PrometheusProcess, begin: float, end: float) -> None:
    """Write the picture."""
    panels = Dashboard("10s").panels
    mpl.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = pyplot.subplots(2, 3, figsize=(13, 7.2), dpi=110, layout="constrained")
    for axis, title in zip(axes.flat, SHOWN, strict=True):
        draw_panel(axis, panels[title], prometheus, begin, end)
    figure.savefig(PICTURE, metadata={"Software": None})


def draw_panel(axis: Axes, panel: Panel, prometheus: PrometheusProcess, begin: float, end: float) -> None:
    """One graph, over the seconds since the beginning."""
    lines = [
        (named(legend, series["metric"]), {at: float(value) for at, value in series["values"]})
        for legend, query in panel.queries.items()
        for series in prometheus.ranges(query, begin, end, 1.0)
    ]
    for label, values in sorted(lines, key=largest, reverse=True)[:MOST_LINES]:
        # Where it has no value, the line has a gap.
        times = [begin + second for second in range(int(end - begin))]
        axis.plot([at - begin for at in times], [values.get(at, math.nan) for at in times], label=label, linewidth=1.2)
    axis.set_title(panel.title, loc="left", fontweight="bold")
    axis.set_xlim(0, end - begin)
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    axis.xaxis.set_major_formatter("{x:.0f} s")
    with suppress(KeyError):
        axis.yaxis.set_major_formatter(UNITS[panel.unit])
    if len(lines) > 1:
        axis.legend(fontsize=7, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)


def largest(line: tuple[str, dict[float, float]]) -> float:
    """The sum of its values: of many lines, those are drawn that have most of it."""
    return sum(value for value in line[1].values() if math.isfinite(value))


def named(legend: str, labels: dict[str, str]) -> str:
    """As Grafana fills it in."""
    for name, value in labels.items():
        legend = legend.replace(f"{{{{{name}}}}}", value)
    return legend


if __name__ == "__main__":
    sys.exit(main())
