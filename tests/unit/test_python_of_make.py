"""Which Python the targets of the Makefile make their environment with."""

import shutil
import subprocess
from pathlib import Path

import pytest

MAKE = shutil.which("make") or "make"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        (("python3", "python3.11"), "python3.11"),
        (("python3", "python3.12", "python3.13"), "python3.13"),
        (("python3", "python3.9", "python3.13", "python3.14", "python3.15"), "python3.14"),
        (("python3",), "python3"),
        ((), "python3"),
    ],
)
def test_the_newest_that_is_tried_is_taken(tmp_path: Path, installed: tuple[str, ...], taken: str) -> None:
    """Of the Pythons on the path, that from 3.11 to 3.14; whatever python3 is, if there is none."""
    for name in installed:
        put(tmp_path, name)
    assert python_of_make(tmp_path) == taken


def test_one_that_makes_no_environments_is_passed_over(tmp_path: Path) -> None:
    """Debian's has no venv without a package more, and pyenv's shims of versions that are not chosen only say so."""
    put(tmp_path, "python3.14", ends_with=1)
    put(tmp_path, "python3.12")
    assert python_of_make(tmp_path) == "python3.12"


def test_people_may_say_which(tmp_path: Path) -> None:
    """On the command line of make, or in the environment."""
    put(tmp_path, "python3.14")
    assert python_of_make(tmp_path, "PYTHON=/opt/python") == "/opt/python"
    assert python_of_make(tmp_path, PYTHON="/opt/other") == "/opt/other"


def put(folder: Path, name: str, ends_with: int = 0) -> None:
    """Something on the path that is called so, and says with its exit code whether it can make environments."""
    (folder / name).write_text(f"#!/bin/sh\nexit {ends_with}\n")
    (folder / name).chmod(0o700)


def python_of_make(path: Path, *arguments: str, **environment: str) -> str:
    """What the Makefile takes where only the programs in `path` are installed."""
    shown = subprocess.run(
        [MAKE, "--silent", "--eval", "shown: ; $(info $(PYTHON))", "shown", *arguments],
        cwd=ROOT, env={"PATH": str(path), **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return shown.stdout.strip()
