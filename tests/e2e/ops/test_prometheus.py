"""The files of ops/ for Prometheus and Grafana, tried by a real Prometheus that watches a real server."""

import math
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from e2e.ops.dashboard import Dashboard
from e2e.ops.load import use, watched_server
from e2e.ops.prometheus_process import FILES, PrometheusProcess, running
from unit.test_docs import rows_of
from waiting import wait_until

ENOUGH_SECONDS = 60.0
TRIED = re.compile(r"alertname: (\w+)\n +exp_alerts:")
WELL = frozenset({"EmoNoVerifiedBackup", "EmoCertificateEnds", "EmoCertificateEndsSoon"})
"""What a server that was just set up is alerted of: there is no backup, and its certificate is for two days."""
OF_THE_MACHINE = frozenset({"EmoDiskNearlyFull", "EmoDiskFull"})
"""What depends on how full the disk under the tests is; promtool tries these rules on numbers of its own."""


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    """Skip where there is no Prometheus; fail in CI, which installs it."""
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("prometheus is not installed")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusProcess]:
    """One that watches a server in use."""
    folder, over = tmp_path_factory.mktemp("watched"), threading.Event()
    with (
        pytest.MonkeyPatch.context() as patch,
        ThreadPoolExecutor(1) as people,
    ):
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        with (
            watched_server(folder / "server") as (server, ops),
            running(folder / "prometheus", [ops.address]) as asked,
        ):
            used = people.submit(use, server, "ann", over.is_set)
            try:
                yield asked
            finally:
                over.set()
                used.result()


def test_every_query_of_the_dashboard_answers(prometheus: PrometheusProcess) -> None:
    """With a number, while people use the server."""
    queries = {
        f"{panel.title}: {legend}": query
        for panel in Dashboard("10s").panels.values()
        for legend, query in panel.queries.items()
    }
    assert len(queries) > 30
    wait_until(
        lambda: not unanswered(prometheus, queries), ENOUGH_SECONDS, shown=lambda: unanswered(prometheus, queries)
    )


def unanswered(prometheus: PrometheusProcess, queries: Mapping[str, str]) -> list[str]:
    return [
        name
        for name, query in queries.items()
        if not any(math.isfinite(float(series["value"][1])) for series in prometheus.series(query))
    ]


def test_alerts_of_a_server_that_is_well(prometheus: PrometheusProcess) -> None:
    """Each can be computed, and none comes but of what a new server lacks."""

    def coming() -> set[str]:
        return {rule["name"] for rule in prometheus.rules() if prometheus.series(rule["query"])} - OF_THE_MACHINE

    wait_until(lambda: coming() == WELL, ENOUGH_SECONDS, shown=coming)
    wait_until(lambda: all(rule["health"] != "unknown" for rule in prometheus.rules()), ENOUGH_SECONDS)
    assert {rule["name"]: rule["lastError"] for rule in prometheus.rules() if rule["health"] != "ok"} == {}


def test_the_table_of_alerts() -> None:
    """Operations tells of each what to do, and promtool sees each come."""
    groups = yaml.safe_load((FILES / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    told = [row[0].strip("`") for row in rows_of("docs/operations.md", "| alert | it comes when | what to do |")]
    assert told == [rule["alert"] for rule in rules]
    assert set(told) == set(TRIED.findall((FILES / "alerts_test.yml").read_text()))
    assert {rule["labels"]["severity"] for rule in rules} == {"critical", "warning"}


@pytest.mark.parametrize(
    "command",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")],
    ids=" ".join,
)
def test_what_promtool_says(command: tuple[str, ...]) -> None:
    """The files are sound, and each alert comes when it should and not before."""
    done = subprocess.run(
        ["promtool", *command], cwd=FILES, capture_output=True, text=True, timeout=ENOUGH_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
