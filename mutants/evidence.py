"""Which tests run a line, found by running them once with nothing broken."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Final

from coverage import CoverageData

from mutants.mutant import Mutant

SETTINGS: Final = """[run]
source = emo_grpc
parallel = true
concurrency = thread
patch = subprocess
disable_warnings = module-not-imported, no-data-collected
"""
ENDED: Final = (0, 1)
"""Exit codes of pytest after all tests ran; 1 if some failed, which are then not asked."""
ENOUGH: Final = 60.0
"""Seconds of tests for a mutant. Those that are named like the file come first, then the quickest: a fault that only a
slow test of something else would notice counts as unnoticed."""


class Evidence:
    """What one run of the tests in `folder` left behind; `src` is the package that they ran.

    `looking` are tests that look at what a module has when it is imported, and so run no line of it.
    """

    def __init__(self, folder: Path, src: Path, looking: Sequence[str]) -> None:
        self._src = src
        self._looking = looking
        self._seconds = _by_function(json.loads((folder / "seconds.json").read_text(encoding="utf-8")))
        self._sound = {test for test, took in self._seconds.items() if isfinite(took)}
        self._data = CoverageData(str(folder / ".coverage"))
        self._data.read()

    def tests(self, mutant: Mutant) -> list[str]:
        """Those to ask, most telling first; none if nothing runs the place."""
        stem, asked, total = Path(mutant.path).stem, list(mutant.tests), 0.0
        found = self._of_lines(mutant.path, range(mutant.line, mutant.last_line + 1))
        is_run = bool(found)
        if not is_run:
            found = self._of_mentions(mutant.within.split(".")[0]) or self._of_lines(
                mutant.path, self._lines(mutant.path)
            )
        for test in sorted(found, key=lambda test: (stem not in test, self._seconds[test])):
            if total + self._seconds[test] > ENOUGH and asked:
                break
            total += self._seconds[test]
            asked.append(test)
        return asked if is_run else [*asked, *self._looking]

    def seconds(self, tests: Iterable[str]) -> float:
        """How long they took, side by side with others."""
        return sum(self._seconds.get(test, 0.0) for test in tests)

    def _of_mentions(self, name: str) -> set[str]:
        """For a constant, or a default in a class: they run when the module is imported, for no test."""
        return {test for path, line in self._mentions(name) for test in self._of_lines(path, [line])}

    def _of_lines(self, path: str, lines: Iterable[int]) -> set[str]:
        known = self._lines(path)
        return {test for line in lines for test in known.get(line, ())}

    @cache  # noqa: B019 - there is one for the whole run
    def _lines(self, path: str) -> dict[int, set[str]]:
        found = self._data.contexts_by_lineno(str(self._src / path))
        return {line: {_function(test) for test in tests} & self._sound for line, tests in found.items()}

    @cache  # noqa: B019 - as above
    def _mentions(self, name: str) -> tuple[tuple[str, int], ...]:
        return tuple(self._found(re.compile(rf"\b{re.escape(name)}\b")))

    def _found(self, name: re.Pattern[str]) -> Iterator[tuple[str, int]]:
        for path in sorted(self._src.rglob("*.py")):
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if name.search(text):
                    yield str(path.relative_to(self._src)), line


def gather(folder: Path, root: Path, options: list[str], processes: int) -> None:
    """Run the tests, and add to `folder` what they ran. Exits if that can't be told."""
    (folder / "settings").write_text(f"{SETTINGS}data_file = {folder}/.coverage\n", encoding="utf-8")
    measured = [sys.executable, "-m", "coverage", "run", "--rcfile", str(folder / "settings")]
    tests = ["-m", "pytest", "-p", "mutants.contexts", "-q", "-n", str(processes), "--dist", "worksteal", *options]
    environment = os.environ | {"MUTANTS_SECONDS": str(folder / "seconds.json"), "PYTHONPATH": str(root)}
    if subprocess.run([*measured, *tests], cwd=root, env=environment, check=False).returncode not in ENDED:
        sys.exit("The tests did not run to their end.")
    combine = [sys.executable, "-m", "coverage", "combine", "-q", "--append", "--rcfile", str(folder / "settings")]
    subprocess.run(combine, cwd=root, check=True)


def _function(test: str) -> str:
    """All cases of a test: their names may come from what is broken."""
    return test.partition("[")[0]


def _by_function(seconds: dict[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for test, took in seconds.items():
        found[_function(test)] = found.get(_function(test), 0.0) + took
    return found
