"""With LOG_FORMAT=json nothing but JSON comes out of the processes of a server, whatever happens to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.server_process import ServerProcess
from e2e.workers_client import WorkersClient
from waiting import wait_until

ODDITIES = Path(__file__).with_name("odd_servers")
PATIENCE_SECONDS = 60.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a server whose libraries would like to write much."""
    return {
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "info",
        "PYTHONWARNINGS": "default",
        "GRPC_VERBOSITY": "debug",
        "GRPC_TRACE": "http,connectivity_state",
        "DATA_FOLDER": str(tmp_path / "data"),
        "EMO_LISTEN": "127.0.0.1:0",
    }


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def run(environment: dict[str, str], folder: Path, *arguments: str) -> "tuple[int, list[dict[str, Any]]]":
    """Run a command that ends by itself; gives its exit code, and its lines on both streams."""
    done = subprocess.run(
        [sys.executable, "-m", "emo_grpc", *arguments],
        env=os.environ | environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, lines_of(done.stdout)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_from_the_start_to_the_end(tmp_path: Path, environment: dict[str, str], workers: str) -> None:
    """Start, work, drain: also what Python warns of, and what gRPC was told to write by itself."""
    server = ServerProcess(
        tmp_path, environment | {"EMO_WORKERS": workers, "PYTHONPATH": str(ODDITIES), "ODD": "warns"}
    )
    try:
        server.start()
        client = WorkersClient(server)
        client.upload(0, 1)
        client.close()
        assert server.stop() == 0
    finally:
        server.kill()
    events = [line["event"] for line in lines_of(server.log.read_text())]
    assert "listening" in events
    assert "call" in events
    assert any("an odd warning" in event for event in events)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("serve", "--nonsense"), 2, "no such option: --nonsense"),
        (("serve", "more"), 2, "unexpected extra argument"),
        (("worker", "--ephemeral"), 2, "no such option: --ephemeral"),
        (("worker",), 78, "there is nothing to do for a worker"),
    ],
)
def test_wrong_usage(
    tmp_path: Path, environment: dict[str, str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    """One line says what is wrong."""
    ended, lines = run(environment, tmp_path, *arguments)
    assert ended == code
    (line,) = lines
    assert line["level"] == "error"
    assert told in line["event"].lower()


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("when", ["starting", "serving", "on a thread"])
def test_a_crash(tmp_path: Path, environment: dict[str, str], workers: str, when: str) -> None:
    """A fault of emo, wherever it is, is a line with its traceback."""
    environment |= {"EMO_WORKERS": workers, "PYTHONPATH": str(ODDITIES), "ODD": when}
    with subprocess.Popen(
        [sys.executable, "-m", "emo_grpc", "serve"],
        env=os.environ | environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            lines = list(lines_until_crash(process))
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert any("an odd fault" in str(line.get("exception")) for line in lines + lines_of(rest))


def lines_until_crash(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for text in process.stdout:
        line = json.loads(text)
        yield line
        if "an odd fault" in str(line.get("exception")):
            return


def test_interrupted_while_it_starts(tmp_path: Path, environment: dict[str, str]) -> None:
    """Ctrl-C before it listens ends it without a word."""
    environment |= {"PYTHONPATH": str(ODDITIES), "ODD": "waits"}
    output = tmp_path / "output"
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "emo_grpc", "serve"],
            env=os.environ | environment,
            cwd=tmp_path,
            stdout=file,
            stderr=file,
        ) as process,
    ):
        try:
            wait_until((tmp_path / "waiting").exists)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) == 130
        finally:
            process.kill()
    assert output.read_text() == ""
