"""What `make` says while it installs."""

import re
import sys
from pathlib import Path

import pytest
from scripts import install

ROOT = Path(install.__file__).parents[1]


@pytest.mark.parametrize(("system", "others"), [("linux", "win32"), ("win32", "linux")])
def test_only_what_is_installed_here_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, others: str
) -> None:
    """So that the last package is number n of n."""
    monkeypatch.setitem(install.HERE, "sys_platform", system)
    lock = tmp_path / "lock"
    lock.write_text(
        "anyio==4.0 \\\n    --hash=sha256:00\n"
        f"colorama==0.4.6 ; sys_platform == '{others}' \\\n    --hash=sha256:00\n"
        f"uvloop==0.23.0 ; sys_platform != '{others}' and platform_machine != 'odd' \\\n    --hash=sha256:00\n"
        "pycparser==3.12 ; implementation_name != 'PyPy'\n"
    )
    assert install.count_of(str(lock)) == 3


def test_every_package_of_the_lock_is_seen() -> None:
    """With a marker or without, as the lock writes them."""
    text = (ROOT / "requirements-run.lock").read_text("utf-8")
    elsewhere = len(re.findall(r" ; sys_platform == 'win32'", text)) if sys.platform != "win32" else 0
    assert install.count_of(str(ROOT / "requirements-run.lock")) == text.count("==") - text.count(" == ") - elsewhere
