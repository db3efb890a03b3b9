"""A real Prometheus, with the files of ops/prometheus."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from waiting import PATIENCE_SECONDS, wait_until

FILES = Path(__file__).parents[3] / "ops" / "prometheus"
LISTENING = re.compile(r'msg="Listening on" address=(127\.0\.0\.1:\d+)')
INTERVAL = "interval: 15s"


class PrometheusProcess:
    """Asks it over HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address

    def is_ready(self) -> bool:
        """Whether it has read its files, and answers queries."""
        try:
            with self._open("-/ready"):
                return True
        except HTTPError:
            return False

    def series(self, query: str) -> list[Any]:
        """What a query answers now: objects with `metric` and `value`."""
        found = self._get("query", query=query)["result"]
        assert isinstance(found, list)  # not a scalar
        return found

    def ranges(self, query: str, begin: float, end: float, step: float) -> list[Any]:
        """What it has answered since: objects with `metric` and `values`, pairs of seconds and text."""
        found: list[Any] = self._get("query_range", query=query, start=begin, end=end, step=step)["result"]
        return found

    def rules(self) -> list[Any]:
        """All rules that it has read, with how they went."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **values: object) -> Any:
        with self._open(f"api/v1/{path}?{urlencode(values)}") as told:
            return json.load(told)["data"]

    def _open(self, path: str) -> IO[bytes]:
        opened: IO[bytes] = build_opener(ProxyHandler({})).open(
            f"http://{self.address}/{path}", timeout=PATIENCE_SECONDS
        )
        return opened


@contextmanager
def running(folder: Path, targets: Sequence[str], interval: str = "1s") -> Iterator[PrometheusProcess]:
    """Start it with our files, for these targets, asking them more often."""
    folder.mkdir()
    for path in FILES.iterdir():
        text = path.read_text().replace(INTERVAL, f"interval: {interval}")
        (folder / path.name).write_text(text)
    (folder / "targets.yml").write_text(json.dumps([{"targets": list(targets)}]))
    log = folder / "prometheus.log"
    command = [
        "prometheus",
        "--web.listen-address=127.0.0.1:0",
        "--storage.tsdb.path=kept",
        "--config.file=prometheus.yml",
    ]
    with log.open("wb") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            has_ended = process.poll
            wait_until(lambda: _address(log) or has_ended() is not None, shown=log.read_text)
            found = _address(log)
            assert found, log.read_text()
            prometheus = PrometheusProcess(found)
            wait_until(prometheus.is_ready, shown=log.read_text)
            yield prometheus
        finally:
            process.kill()


def _address(log: Path) -> str:
    found = LISTENING.search(log.read_text())
    return found[1] if found else ""
