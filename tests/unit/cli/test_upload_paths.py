"""What of a folder can't be sent does not keep the rest."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emo_grpc.cli.assets.uploads.upload_paths import files_under
from unit.cli.conftest import Emo
from unit.client.fake_server import World

NOBODY = 65534
DEEP = 1100


@pytest.fixture
def trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files before and behind all else in it, named from the one above."""
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    folder = Path("trip")
    (folder / "locked").mkdir(parents=True)
    for name in ("a.txt", "locked/hidden from us.txt", "z.txt"):
        (folder / name).write_text(name)
    return folder


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, for whom nothing is unreadable."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(("mode", "failed"), [(0o000, "locked"), (0o600, "locked/hidden from us.txt")])
def test_a_folder_that_can_not_be_read_is_named(trip: Path, mode: int, failed: str) -> None:
    """Really, by the system: neither one whose names can't be read, nor one that can't be entered."""
    locked = trip / "locked"
    if os.geteuid() == 0:
        os.chown(locked, NOBODY, NOBODY)
    locked.chmod(mode)
    with as_nobody():
        found = files_under([trip], recursive=True)
    locked.chmod(0o700)
    assert [each.path for each in found.files] == [trip / "a.txt", trip / "z.txt"]
    assert found.failed == [(trip / failed, "Permission denied")]


def test_what_can_not_be_sent_does_not_keep_the_rest(
    ann: Emo, world: World, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is named in a line, and the exit code tells that something is missing."""
    (trip / "circle").symlink_to("circle")
    (trip / "dangling").symlink_to("nowhere")
    os.mkfifo(trip / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(trip / "socket"))
        (trip / "unreadable.txt").write_text("a")
        (trip / "vanished.txt").write_text("b")
        opened = os.open

        def refuse(path: Path, *more: int) -> int:
            if str(path).endswith("unreadable.txt"):
                raise PermissionError(13, "Permission denied", str(path))
            if str(path).endswith("vanished.txt"):
                (trip / "vanished.txt").unlink()
            return opened(path, *more)

        monkeypatch.setattr("emo_grpc.client.transfers.sources.os.open", refuse)
        done = ann("upload", "-r", "trip")
    assert done.exit_code == 10
    outcomes = [line.split("\t")[1:3] for line in done.stdout.splitlines()]
    assert [path for path, outcome in outcomes if outcome == "new"] == [
        str(trip / name) for name in ("a.txt", "locked/hidden from us.txt", "z.txt")
    ]
    assert len([path for path, outcome in outcomes if outcome == "failed"]) == 6
    assert sorted(done.stderr.splitlines()) == [
        f"emo: {trip / name}: {why}"
        for name, why in (
            ("circle", "Too many levels of symbolic links"),
            ("dangling", "a link to nothing"),
            ("fifo", "not a file"),
            ("socket", "not a file"),
            ("unreadable.txt", "Permission denied"),
            ("vanished.txt", "No such file or directory"),
        )
    ]
    assert all(stored.complete for stored in world.assets.values())


def test_a_folder_deeper_than_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are found, too."""
    monkeypatch.chdir(tmp_path)
    for _ in range(DEEP):
        Path("d").mkdir()
        os.chdir("d")
    Path("deep.txt").touch()
    deepest = os.open(".", os.O_RDONLY)
    os.chdir(tmp_path)
    try:
        assert [each.path.name for each in files_under([Path("d")], recursive=True).files] == ["deep.txt"]
    finally:  # nor can pytest remove as much
        os.fchdir(deepest)
        os.close(deepest)
        Path("deep.txt").unlink()
        for _ in range(DEEP):
            os.chdir("..")
            Path("d").rmdir()


def test_nothing_but_what_can_not_be_read(ann: Emo, trip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is named, and is not called an empty folder."""

    def refuse(folder: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    done = ann("upload", "-r", str(trip))
    assert (done.exit_code, done.stdout, done.stderr) == (10, "\ttrip\tfailed\t0\n", "emo: trip: Permission denied\n")


def test_a_file_without_a_name_is_not_this_folder(ann: Emo, world: World, trip: Path) -> None:
    """As from a script whose variable is not set, which must not upload whatever lies here."""
    done = ann("upload", "-r", str(trip), "")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "emo: FILE is empty; this folder is called ./; see emo upload --help\n"
    assert not world.assets
