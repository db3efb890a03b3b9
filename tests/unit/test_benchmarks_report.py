"""The page of the benchmarks keeps what was measured at another time."""

from pathlib import Path

from benchmarks.report import Measured, Report
from benchmarks.result import Result, at_least, at_most, below, noted

CLIENTS = "Clients are made up."


def _measured(name: str, figure: float, date: str = "2026-11-01") -> Measured:
    return Measured(date, 90, "2 cores", [_result(name, figure)])


def _result(name: str, figure: float) -> Result:
    return below(name.capitalize(), f"{name} of all", "ms", [figure], limit=10)


def _rows(page: Path) -> list[str]:
    return [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]


def test_a_section_that_is_measured_again_leaves_the_others(tmp_path: Path) -> None:
    report = Report(tmp_path, ["first", "second"], "make bench", CLIENTS)
    report.add("second", _measured("second", 2.5))
    report.add("first", _measured("first", 1.5))

    again = Report(tmp_path, ["first", "second"], "make bench", CLIENTS)
    again.add("second", _measured("second", 11.5, "2026-11-02"))

    assert _rows(again.page)[2:] == [
        "| **First** | | | | | |",
        "| first of all | 1.50 ms |  |  | ≤ 10 ms | yes |",
        "| **Second** | | | | | |",
        "| second of all | 11.5 ms |  |  | ≤ 10 ms | **no** |",
        "| section | measured on | minutes | machine |",
        "|---|---|---:|---|",
        "| first | 2026-11-01 | 2 | 2 cores |",
        "| second | 2026-11-02 | 2 | 2 cores |",
    ]


def test_what_other_engines_took_stays_at_the_end(tmp_path: Path) -> None:
    Report(tmp_path, ["unary", "transfers"], "make bench", CLIENTS).add("transfers", _measured("transfers", 1))

    one_engine = Report(tmp_path, ["unary"], "make bench", CLIENTS)
    one_engine.add("unary", _measured("unary", 2))

    assert [row.split(" | ")[0] for row in _rows(one_engine.page)[-2:]] == ["| unary", "| transfers"]
    assert (tmp_path / "benchmarks.png").read_bytes().startswith(b"\x89PNG")


def test_a_margin_says_how_much_better_than_its_target_something_is() -> None:
    assert at_least("", "", "MB/s", [8.0], [5.0], limit=0.8, goal=1.5).margin == 2.0
    assert at_most("", "", "s", [3.0], [1.0], "another", limit=1.5).margin == 0.5
    assert below("", "", "MiB", [16.0, 32.0], limit=64).margin == 2.0
    assert noted("", "", "s", [1.0]).margin is None
