"""Files that somebody else has named."""

import shlex
import subprocess
from pathlib import Path

import pytest

from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import World

NAMES = [
    "-rf",
    "--help",
    "~",
    "~root",
    ".bashrc",
    "..",
    "con.txt",
    "a\nb",
    "a  ",
    "x" * 255,
    "a\x1b]0;x\x07",
    "$(touch owned)",
    "`touch owned`",
    "a;touch owned",
    "it's mine & yours.txt",
    "/etc/passwd",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_download_says_can_be_pasted(terminal: Terminal, world: World, tmp_path: Path, name: str) -> None:
    """Into a shell, where it is one word, no option, and the file."""
    folder = tmp_path / "in"
    folder.mkdir()
    exit_code, shown = terminal.run("download", world.store(b"hello", name), "-o", str(folder), columns=20)
    assert exit_code == 0
    (made,) = folder.iterdir()
    assert not made.name.startswith(("-", "~", "."))
    pasted = shown.splitlines()[-1].removesuffix("  5 B")
    printed = subprocess.run(["sh", "-c", f"cat {pasted}"], cwd=tmp_path, capture_output=True, check=True)
    assert printed.stdout == b"hello"
    assert [path.name for path in tmp_path.iterdir() if path.name == "owned"] == []


def test_where_an_export_is_can_be_pasted(terminal: Terminal, world: World, tmp_path: Path) -> None:
    """However narrow the terminal is."""
    world.store(b"hello")
    exit_code, shown = terminal.run("export", "--to", "all of it, to be kept", columns=20)
    assert exit_code == 0
    assert shown.splitlines()[-1] == "'all of it, to be kept'  1 file, 5 B"
    assert (tmp_path / "all of it, to be kept").is_dir()


def test_a_name_of_ones_own_is_told_as_no_option(ann: Emo, world: World, tmp_path: Path) -> None:
    """Programs get it plain otherwise."""
    assert ann("download", world.store(b"hello"), "-o", "-rf").stdout == "./-rf\n"
    assert ann("download", world.store(b"hello"), "-o", "my file").stdout == "my file\n"
    assert sorted(path.name for path in tmp_path.glob("*r*f")) == ["-rf"]
    assert shlex.quote("./-rf") == "./-rf"
