"""The queries of ops/grafana/emo.json, as Grafana would send them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[3] / "ops" / "grafana" / "emo.json"


@dataclass(frozen=True)
class Panel:
    """One graph or number. `queries`: by what the legend calls their series; `unit`: as Grafana names it."""

    title: str
    unit: str
    queries: Mapping[str, str]


class Dashboard:
    """All panels. `rate_interval`: over how long rates are taken, which Grafana derives from how often is scraped."""

    def __init__(self, rate_interval: str) -> None:
        self._variables = {"$__rate_interval": rate_interval, "$instance": ".*", "$job": "emo"}

    @cached_property
    def panels(self) -> Mapping[str, Panel]:
        """By their titles."""
        read = json.loads(FILE.read_text())["panels"]
        made = [self._panel(each) for each in read if each["type"] != "row"]
        panels = {panel.title: panel for panel in made}
        assert len(panels) == len(made)
        return panels

    def _panel(self, read: Mapping[str, Any]) -> Panel:
        queries = {each["legendFormat"]: self._filled(each["expr"]) for each in read["targets"]}
        return Panel(read["title"], read["fieldConfig"]["defaults"]["unit"], queries)

    def _filled(self, query: str) -> str:
        for name, value in self._variables.items():
            query = query.replace(name, value)
        assert "$" not in query, query
        return query
