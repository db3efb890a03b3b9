"""Whole folders with the installed command, up to a real server and down again."""

import json
import os
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess
from waiting import wait_until

LETTERS = {
    "letter.txt": b"Dear Ann",
    "1994/IMG_0009.jpg": b"first",
    "1994/Birthday/IMG_0009.jpg": b"second",
    "1995/a\nb\x1b[31m.txt": b"odd",
    f"1995/{'n' * 251}.txt": b"long",
    "1995/-rf": b"dash",
    f"1995/{unicodedata.normalize('NFD', 'cafè')}.txt": b"decomposed",
    "🎂/🎈.txt": b"emoji",
    "1995/Case.txt": b"capital",
    "1995/case.txt": b"small",
    "empty.txt": b"",
}


@pytest.fixture
def photos(ann: EmoProcess) -> Path:
    """A folder with all sorts of names, a link that goes in circles, and one to nothing."""
    folder = ann.folder / "Photos"
    for name, data in LETTERS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "1995" / "circle").symlink_to("..")
    return folder


def contents(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def outcomes(lines: str) -> list[str]:
    return [line.split("\t")[2] for line in lines.splitlines()]


def test_a_folder_goes_up_and_comes_down(ann: EmoProcess, photos: Path) -> None:
    """All of it, once, however often the same is said; nothing of it is a trick, or outside of its folder."""
    sent = ann.run("upload", "-r", "Photos/", "--into", "Family")
    assert outcomes(sent.stdout.decode()) == len(LETTERS) * ["new"]
    assert b"\x1b" not in sent.stdout + sent.stderr
    assert outcomes(ann.output("upload", "-r", "Photos", "--into", "Family")) == len(LETTERS) * ["there"]
    ann.run("download", "--all", "-o", "copy")
    assert contents(ann.folder / "copy" / "Family" / "Photos") == sorted(LETTERS.values())
    assert (ann.folder / "copy/Family/Photos/1994/Birthday/IMG_0009.jpg").read_bytes() == b"second"
    names = {path.name for path in (ann.folder / "copy/Family/Photos/1995").iterdir()}
    assert not [name for name in names if name.startswith("-") or "\n" in name or "\x1b" in name]
    first = {path: path.stat().st_mtime_ns for path in (ann.folder / "copy").rglob("*")}
    ann.run("download", "--folder", "Family", "-r", "-o", "copy")
    assert first == {path: path.stat().st_mtime_ns for path in (ann.folder / "copy").rglob("*")}
    assert contents(photos) == sorted(LETTERS.values())


def test_what_was_killed_goes_on(ann: EmoProcess, server: ServerProcess) -> None:
    """Both ways: the same command again brings the rest, and nothing twice."""
    many, copy = ann.folder / "many", ann.folder / "copy" / "many"
    many.mkdir()
    for number in range(40):
        (many / f"{number}.bin").write_bytes(os.urandom(20_000))
    (many / "large.bin").write_bytes(os.urandom(20 << 20))
    stored = server.folder / "data" / "files" / "blobs"
    kill_when(lambda: len(list(stored.glob("*/*"))) > 20, ann.start("upload", "-r", "many"))
    again = outcomes(ann.output("upload", "-r", "many"))
    assert again.count("there") >= 1
    assert set(again) <= {"new", "there"}
    assert json.loads(ann.output("stats", "--json"))["total_count"] == 41
    kill_when(lambda: len(list(copy.glob("*.bin"))) > 12, ann.start("download", "--all", "-o", "copy"))
    ann.run("download", "--all", "-o", "copy")
    assert contents(copy) == contents(many)


def test_a_sync_that_was_killed_goes_on(ann: EmoProcess, server: ServerProcess, photos: Path) -> None:
    """With what is missing; then neither direction has anything to do."""
    for number in range(30):
        (photos / f"{number}.bin").write_bytes(os.urandom(20_000))
    stored = server.folder / "data" / "files" / "blobs"
    kill_when(lambda: len(list(stored.glob("*/*"))) > 20, ann.start("sync", "Photos", "--up"))
    sent = ann.output("sync", "Photos", "--up").splitlines()
    assert 0 < len(sent) < 30 + len(LETTERS)
    assert ann.output("sync", "Photos", "--up") == ann.output("sync", "Photos", "--down") == ""
    ann.run("sync", "copy", "--down", "--folder", "Photos")
    assert contents(ann.folder / "copy") == contents(photos)
    assert ann.output("sync", "copy", "--down", "--folder", "Photos") == ""
    assert ann.output("sync", "copy", "--up", "--folder", "Photos") == ""


def kill_when(is_time: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    """As a power cut ends it."""
    wait_until(is_time, 60)
    process.kill()
    process.communicate()
