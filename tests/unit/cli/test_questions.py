"""What is asked at a terminal, and what happens when nobody answers."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from unit.cli.conftest import admin
from waiting import wait_until

CTRL_C = b"\x03"

AT_TERMINAL = """
import os, sys
terminal = os.open(sys.argv.pop(1), os.O_RDWR)
for stream in range(3):
    os.dup2(terminal, stream)
from emo_grpc.__main__ import main
main()
"""
"""The first terminal that the leader of a session opens is the one whose Ctrl-C reaches it."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without a password or a server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMO_")}
    return kept | {"EMO_CONFIG_DIR": str(tmp_path / "config"), "DATA_FOLDER": str(tmp_path / "data")}


@contextmanager
def emo_at_terminal(environment: dict[str, str], *arguments: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The command with a terminal of its own; gives its process and the terminal's other end."""
    keyboard, screen = pty.openpty()
    command = [sys.executable, "-c", AT_TERMINAL, os.ttyname(screen), *arguments]
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            yield process, keyboard
        finally:
            process.kill()
            os.close(screen)
            os.close(keyboard)


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        (("register",), b"Username: "),
        (("login", "ann"), b"Password: "),
        (("admin", "create-user", "zed", "zed@example.com"), b"characters): "),
    ],
)
def test_one_ctrl_c_ends_a_question(environment: dict[str, str], arguments: tuple[str, ...], question: bytes) -> None:
    """The first one, with the exit code of the table and one line."""
    with emo_at_terminal(environment, *arguments) as (process, keyboard):
        shown = b""
        while question not in shown:
            shown += os.read(keyboard, 65536)
        # A signal just before it waits for a key would wait for one too.
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_SLEEPING)
        os.write(keyboard, CTRL_C)
        assert process.wait(20) == 130
        while b"emo:" not in shown:
            shown += os.read(keyboard, 65536)
    assert shown.endswith(b"\r\nemo: interrupted\r\n")
    assert b"Aborted" not in shown


def test_a_script_without_a_password_is_refused_in_one_line(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As wrong usage, before a database is made; an empty variable is none."""
    monkeypatch.setenv("EMO_PASSWORD", "")
    done = admin("create-user", "zed", "zed@example.com")
    assert done.exit_code == 2
    sentence = "there is no terminal to ask for the password: use --password-stdin or EMO_PASSWORD"
    assert done.stderr == f"emo: {sentence}\n"
    assert not data_folder.exists()
