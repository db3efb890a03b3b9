"""What the command does when its output or its start fails: real processes, each with streams of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from emo_grpc.cli.ending import run_to_exit_code
from unit.cli.conftest import Emo
from unit.client.fake_server import World

COMMAND = str(Path(sys.executable).with_name("emo"))
Shell = Callable[..., "subprocess.CompletedProcess[bytes]"]
ODD_NAME = b"caf\xe9.txt"


@pytest.fixture
def shell(ann: Emo, tmp_path: Path) -> Shell:
    """Runs a line of the shell in which `emo` is the command, with Ann logged in; standard output is strict UTF-8."""
    assert ann("me").exit_code == 0

    def run(line: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
        kept = os.environ | {"PYTHONIOENCODING": "utf-8:strict"} | environment
        text = f'emo() {{ "{COMMAND}" "$@"; }}\n{line}'
        done = subprocess.run(
            ["bash", "-c", text], cwd=tmp_path, env=kept, capture_output=True, timeout=60, check=False
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert b"Exception ignored" not in done.stderr, done.stderr.decode()
        return done

    return run


def test_a_file_name_that_is_no_text_is_told_with_replacement_characters(shell: Shell, tmp_path: Path) -> None:
    """The ids of all files are told, as lines and as JSON, however strict standard output is."""
    try:
        (tmp_path / os.fsdecode(ODD_NAME)).write_bytes(b"a")
    except OSError:
        pytest.skip("this file system has no such names")
    (tmp_path / "other.txt").write_bytes(b"b")
    done = shell("emo upload caf*.txt other.txt")
    assert (done.returncode, done.stderr) == (0, b"")
    first, second = done.stdout.decode().splitlines()
    assert first.endswith("\tcaf\ufffd.txt\tnew\t1")
    assert second.endswith("\tother.txt\tnew\t1")
    told = json.loads(shell("emo upload --json caf*.txt other.txt").stdout.decode())
    assert [each["path"] for each in told] == ["caf\ufffd.txt", "other.txt"]


@pytest.mark.parametrize("command", ["me", "me --json", "--help", "ls --help"])
@pytest.mark.parametrize("where", [">&-", ">/dev/full"])
def test_output_that_can_not_be_written_is_one_line(shell: Shell, command: str, where: str) -> None:
    """As a local file's failure."""
    done = shell(f"emo {command} {where}")
    assert done.returncode == 10
    assert done.stderr.startswith(b"emo: standard output: ")
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_is_gone_is_no_news(shell: Shell, world: World) -> None:
    """The command ends as others do that SIGPIPE kills, and says nothing."""
    asset_id = world.store(bytes(3_000_000))
    for command in ("me", "--help", "ls --help", f"download {asset_id} -o -"):
        done = shell(f"emo {command} | exec true; echo ${{PIPESTATUS[0]}}", PYTHONUNBUFFERED="1")
        assert (done.stdout, done.stderr) == (b"141\n", b""), command


def test_no_standard_error_keeps_no_command(shell: Shell) -> None:
    """Its exit code still tells how it went."""
    for where in ("2>&-", "2>/dev/full", "<&- 2>&-"):
        assert shell(f"emo me {where}").returncode == 0
        assert shell(f"emo show 00000000-0000-4000-8000-000000000000 {where}").returncode == 4


def test_a_folder_of_settings_that_is_none_is_one_line(shell: Shell, tmp_path: Path) -> None:
    """It names what is in the way."""
    (tmp_path / "file").touch()
    for command in ("me", "login ann", "upload file"):
        done = shell(f"emo --server localhost:1 {command}", EMO_CONFIG_DIR=str(tmp_path / "file"))
        assert done.returncode == 10
        assert done.stderr.startswith(b"emo: ")
        assert str(tmp_path / "file").encode() in done.stderr
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, typer.Abort])
def test_ctrl_c_outside_of_any_work_is_one_line(
    interruption: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the exit code that a shell gives to what SIGINT ends."""

    def interrupted() -> None:
        raise interruption

    assert run_to_exit_code(interrupted) == 130
    assert capsys.readouterr() == ("", "emo: interrupted\n")


INTERRUPTED_AT_START = """
import builtins, os, signal, sys
real = builtins.__import__
module = sys.argv.pop()
def importing(name, *arguments, **named):
    if name == module:
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *arguments, **named)
builtins.__import__ = importing
from emo_grpc.__main__ import main
sys.argv = ["emo", "me"]
main()
"""


INTERRUPTED_WHILE_BUILT = """
import os, signal, sys
import typer.main
real = typer.main.get_group
def building(app):
    os.kill(os.getpid(), signal.SIGINT)
    return real(app)
typer.main.get_group = building
from emo_grpc.__main__ import main
sys.argv = ["emo", "me"]
main()
"""


@pytest.mark.parametrize(
    "script",
    [
        *(
            (INTERRUPTED_AT_START, module)
            for module in ("typer", "emo_grpc.cli.server.serve", "grpc", "emo_grpc.client")
        ),
        (INTERRUPTED_WHILE_BUILT,),
    ],
    ids=["typer", "serve", "grpc", "client", "commands"],
)
def test_ctrl_c_at_the_start_is_no_traceback(ann: Emo, script: tuple[str, ...]) -> None:
    """Whatever is being imported, or made of it."""
    assert ann("me").exit_code == 0
    done = subprocess.run([sys.executable, "-c", *script], capture_output=True, timeout=60, check=False)
    assert done.returncode == 130
    assert done.stderr in (b"", b"emo: interrupted\n")
    assert done.stdout == b""
