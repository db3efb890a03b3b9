"""Which sections `python -m benchmarks` measures."""

from pathlib import Path

import pytest
from benchmarks.__main__ import main


def test_a_section_that_is_not_there_is_told_before_any_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With those that are there, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["benchmarks", "--page", str(tmp_path / "page"), "latency", "nothing"])
    monkeypatch.setattr("benchmarks.latency.measure", lambda _: pytest.fail("latency was measured"))
    with pytest.raises(SystemExit, match=r"^no such section: nothing; these are: cost, transfers, .*latency"):
        main()
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "page").exists()
