"""Somebody who asks a server over HTTP how it is."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from prometheus_client.parser import text_string_to_metric_families

from waiting import wait_until

ADDRESS = re.compile(r'metrics\s+http://(127\.0\.0\.1:\d+)/metrics|"ops_address":"(127\.0\.0\.1:\d+)"')
AT_ONCE_SECONDS = 2.0
"""How long an answer may take that waits for nothing of the service."""


class OpsClient:
    """Asks on the address that a server has announced in its log."""

    def __init__(self, log: Path) -> None:
        found = ADDRESS.search(log.read_text())
        assert found, log.read_text()
        self.address = found[1] or found[2]

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body, at once."""
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(f"http://{self.address}{path}", timeout=AT_ONCE_SECONDS) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()

    def facts(self, path: str) -> tuple[int, dict[str, Any]]:
        status, body = self.get(path)
        return status, json.loads(body)

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """All values by name and labels."""
        status, body = self.get("/metrics")
        assert status == 200
        families = text_string_to_metric_families(body.decode())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for each in families
            for sample in each.samples
        }

    def total(self, name: str, **labels: str) -> float:
        """The sum of all series of this name that have these labels."""
        return sum(
            value for (found, has), value in self.samples().items() if found == name and labels.items() <= set(has)
        )

    def wait_until_ready(self, **processes: int) -> None:
        def is_ready() -> bool:
            status, facts = self.facts("/readyz")
            return status == 200 and _has(facts["processes"], processes)

        wait_until(is_ready, shown=lambda: self.facts("/readyz"))


def _has(facts: Mapping[str, int], wanted: Mapping[str, int]) -> bool:
    return wanted.items() <= facts.items()
