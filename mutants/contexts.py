"""A plugin of pytest: notes which lines each test runs, its fixtures included, and how long each took."""

import json
import os
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest

seconds: defaultdict[str, float] = defaultdict(float)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Lines that run meanwhile, on any thread of the process, belong to the test."""
    measuring = coverage.Coverage.current()
    if measuring is None:
        return (yield)
    measuring.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        measuring.switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Called for all tests in the process that hands them out. Who fails with nothing broken would notice anything."""
    seconds[report.nodeid] += float("inf") if report.failed else report.duration


def pytest_sessionfinish() -> None:
    """Its workers know only of their own."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        path = Path(os.environ["MUTANTS_SECONDS"])
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps(before | seconds), encoding="utf-8")
