"""`emo admin backup` that is killed, or finds its disk full, beside a real server."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess
from survival.small_disk import MIB, small_disk
from waiting import PATIENCE_SECONDS, wait_until

FILES = 4


@pytest.fixture
def server(tmp_path: Path) -> ServerProcess:
    return ServerProcess(tmp_path / "server")


@pytest.fixture
def ann(tmp_path: Path, server: ServerProcess) -> EmoProcess:
    """Somebody with files, whose server runs."""
    server.start()
    folder = tmp_path / "client"
    folder.mkdir()
    ann = EmoProcess(folder)
    ann.run("--server", server.address, "register", "ann", "--email", "ann@example.com")
    ann.run("login", "ann")
    for number in range(FILES):
        (folder / f"{number}.bin").write_bytes(os.urandom(12 * MIB))
    ann.run("upload", *(f"{number}.bin" for number in range(FILES)))
    return ann


def admin(server: ServerProcess, *arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [COMMAND, "admin", *arguments],
        env={**os.environ, "DATA_FOLDER": str(server.folder / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(server: ServerProcess, *arguments: str | Path, code: int = 0) -> str:
    """What it printed, on both streams."""
    output, complaints = (command := admin(server, *arguments)).communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == code, complaints
    return output + complaints


def stages(place: Path) -> list[tuple[str, Callable[[], bool]]]:
    """How far a backup has come, in order."""
    blobs = place / "pool" / "blobs"
    return [
        ("the database is being copied", lambda: any(place.glob("drafts/*/emo.sqlite3"))),
        ("a file is being copied", lambda: any((place / "pool" / "uploads").glob("*/*"))),
        ("all files are copied", lambda: len(list(blobs.glob("*/*/1"))) == FILES),
    ]


def test_killed_at_every_stage(ann: EmoProcess, server: ServerProcess, tmp_path: Path) -> None:
    """What is listed is whole, whenever it was killed, and the last one copies only what the others had not."""
    place = tmp_path / "backup"
    try:
        for stage, is_reached in stages(place):
            with admin(server, "backup", "--to", place) as backup:
                wait_until(is_reached)
                backup.kill()
            listed = done(server, "backups", "--from", place) if any(place.glob("backups")) else ""
            assert len(listed.splitlines()) == len(list(place.glob("backups/*"))), stage
        told = done(server, "backup", "--to", place, "--verify")
        assert f"{FILES} files (50.3 MB), 0 new (0 B)" in told
        assert f"{FILES} files can be opened" in told
        assert list((place / "drafts").iterdir()) == []
    finally:
        server.kill()
    del ann


def test_a_full_disk(ann: EmoProcess, server: ServerProcess, tmp_path: Path) -> None:
    """Ends with exit code 7 and no backup; when there is room again, the same command copies what is left."""
    try:
        with small_disk("tmpfs", tmp_path) as disk:
            place = disk.folder / "backup"
            disk.fill(but=30 * MIB)
            assert "no room is left" in done(server, "backup", "--to", place, code=7)
            assert list(place.glob("backups/*")) == []
            disk.make_room()
            assert f"{FILES} files" in done(server, "backup", "--to", place, "--verify")
    finally:
        server.kill()
    del ann
