"""`emo serve --ephemeral`: a server that keeps nothing."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND
from waiting import PATIENCE_SECONDS

CONFIGURATION_EXIT = 78


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where such a server starts, lives, and would put what is temporary."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def environment(home: Path, **settings: str) -> dict[str, str]:
    places = {"HOME": str(home), "TMPDIR": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home)}
    return {**os.environ, **places, "EMO_LISTEN": "127.0.0.1:0", "LOG_FORMAT": "json", **settings}


@contextmanager
def running(home: Path, **settings: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """A server, and what it says of itself when it listens."""
    server = subprocess.Popen(
        [COMMAND, "serve", "--ephemeral"],
        env=environment(home, **settings),
        cwd=home,
        stderr=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stderr is not None
        try:
            lines = map(json.loads, server.stderr)
            yield server, next(line for line in lines if line["event"] == "listening")
        finally:
            server.kill()


def register_and_store(emo: EmoProcess, address: str) -> None:
    emo.run("--server", address, "register", "ann", "--email", "ann@example.org")
    emo.run("login", "ann", "--server", address)
    (emo.folder / "letter.txt").write_text("Dear Ann")
    asset_id = emo.output("upload", "letter.txt").split()[0]
    assert emo.output("download", asset_id, "-o", "-") == "Dear Ann"


def test_nothing_is_left(home: Path, tmp_path: Path) -> None:
    """It serves as any other; while it runs and after its end, however it comes, there is no file of it anywhere.

    The next one knows none of its accounts.
    """
    emo = EmoProcess(tmp_path)
    with running(home) as (server, said):
        assert said["ephemeral"] is True
        register_and_store(emo, said["address"])
        open_files = [path for path in Path(f"/proc/{server.pid}/fd").iterdir() if path.readlink().is_relative_to(home)]
        assert (list(home.iterdir()), open_files) == ([], [])
        server.kill()
        server.wait(PATIENCE_SECONDS)
    with running(home) as (server, said):
        emo.run("login", "ann", "--server", said["address"], code=3)
        server.terminate()
        assert server.wait(PATIENCE_SECONDS) == 0
    assert list(home.iterdir()) == []


def test_what_outlives_it_is_refused(home: Path) -> None:
    """What needs more than one process and its memory stops the start, and is named."""
    given = {"MONGODB_URL": "mongodb://127.0.0.1", "ASSET_S3_BUCKET": "files", "EMO_WORKERS": "2"}
    done = subprocess.run(
        [COMMAND, "serve", "--ephemeral"],
        env=environment(home, LOG_FORMAT="console", **given),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, list(home.iterdir())) == (CONFIGURATION_EXIT, [])
    assert all(name in done.stderr for name in given)
