"""`emo serve` as a process: what it prints, how it ends, and with which exit code."""

import json
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from waiting import wait_until

Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the command in an empty folder with these variables; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []
    kept = ("PATH", "HOME", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")

    def start(**variables: str) -> "subprocess.Popen[str]":
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-m", "emo_grpc", "serve"],
            cwd=tmp_path,
            env=environment | {"EMO_LISTEN": "127.0.0.1:0"} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def banner(process: "subprocess.Popen[str]") -> list[str]:
    """What it prints once it listens."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if "grpcurl" in line:
            return lines
    raise AssertionError(f"never listened: {lines} {process.communicate()}")


def address(lines: list[str]) -> str:
    return lines[-1].split()[-2]


def is_serving(where: str) -> bool:
    with grpc.insecure_channel(where) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_start_and_stop(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    """It says where it listens, on which engines, which secrets it made and what to type; a signal ends it with 0."""
    process = serve()
    lines = banner(process)
    text = "\n".join(lines)
    assert is_serving(address(lines))
    assert all(word in text for word in ("SQLite in data", "data/mail", "secrets.env", "JWT_SECRET_KEY"))
    assert lines[-2:] == [f"  emo --server {address(lines)} register", f"  grpcurl -plaintext {address(lines)} list"]
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    for made in (tmp_path / "data").rglob("*"):
        assert stat.S_IMODE(made.stat().st_mode) & 0o077 == 0


def test_second_signal(serve: Serve) -> None:
    """A second signal ends it at once, though a call is still running that the first one waits for."""
    process, release = serve(), threading.Event()
    where = address(banner(process))

    def requests() -> Iterator[bytes]:
        release.wait(60)
        yield b""

    with grpc.insecure_channel(where) as channel:
        method: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary("/emo.users.v1.UsersService/Login")
        running = method.future(requests())
        assert is_serving(where)
        process.terminate()
        wait_until_closed(where)
        assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
        release.set()
        running.cancel()


def wait_until_closed(where: str) -> None:
    """Until nobody takes new connections there any more."""
    host, _, port = where.rpartition(":")

    def is_closed() -> bool:
        with socket.socket() as client:
            return client.connect_ex((host, int(port))) != 0

    wait_until(is_closed)


def test_wrong_settings(serve: Serve) -> None:
    """Wrong settings are one message that names each of them, and exit code 78."""
    process = serve(LOG_LEVEL="loud", EMO_WORKERS="65")
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (78, "")
    assert [line.split(":")[0] for line in errors.splitlines()] == ["emo", "  LOG_LEVEL", "  EMO_WORKERS"]


def json_lines(text: str) -> list[dict[str, object]]:
    """Nothing else may be in it."""
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def ended_after(process: "subprocess.Popen[str]", *, seconds: float) -> Iterator[None]:
    """So that a line which never comes is the end of its output."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_only_json(serve: Serve, workers: str) -> None:
    """With LOG_FORMAT=json all that comes out is JSON, a line each, also where it listens, and on standard error."""
    process = serve(LOG_FORMAT="json", EMO_WORKERS=workers)
    assert process.stderr is not None
    lines: list[dict[str, object]] = []
    with ended_after(process, seconds=60):
        while not lines or lines[-1]["event"] != "listening":
            line = process.stderr.readline()
            assert line, f"it never said that it listens: {lines}"
            lines += json_lines(line)
    assert (
        lines[-1].items()
        >= {
            "level": "info",
            "transport": "in plaintext",
            "environment": "dev",
            "metadata": "SQLite in data",
            "files": "folder data",
            "mail": "written to data/mail",
            "generated_secrets": ["JWT_SECRET_KEY", "DATA_KEY_ENCRYPTION_KEY"],
        }.items()
    )
    assert is_serving(str(lines[-1]["address"]))
    process.terminate()
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "")
    json_lines(errors)


@pytest.mark.parametrize(
    ("wrong", "code"), [({"LOG_LEVEL": "loud"}, 78), ({"EMO_LISTEN": "203.0.113.1:1"}, 69), ({"LOG_LEVL": "info"}, 78)]
)
def test_what_stops_it_is_json_too(serve: Serve, wrong: dict[str, str], code: int) -> None:
    """So is the one line that tells why it does not start."""
    process = serve(LOG_FORMAT="json", **wrong)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (code, "")
    (line,) = json_lines(errors)
    assert line["level"] == "error"
    assert next(iter(wrong.values())) in str(line["event"]) or next(iter(wrong)) in str(line["event"])


def test_folder_in_use(serve: Serve) -> None:
    """A second server on the same folder is one sentence and exit code 69; the first one goes on."""
    first = banner(serve())
    process = serve()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 69
    assert errors == "emo: another server runs on data: stop it, or set DATA_FOLDER to another\n"
    assert is_serving(address(first))


def test_port_in_use(serve: Serve) -> None:
    """A port in use is one sentence and exit code 69."""
    where = address(banner(serve()))
    process = serve(EMO_LISTEN=where, DATA_FOLDER="other")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 69
    assert errors.startswith(f"emo: can't listen on {where}: the port is in use")
    assert len(errors.splitlines()) == 1


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux tells of another process's limits")
def test_open_files(serve: Serve) -> None:
    """It may hold as many files and connections open as the system lets it, not as few as a shell begins with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        process = serve()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    banner(process)
    assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (hard, hard)


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux has policies")
def test_batch_scheduling(serve: Serve) -> None:
    """Its threads give way to each other when they are done, which makes two workers a tenth faster."""
    process = serve()
    banner(process)
    policies = set()
    for thread in Path(f"/proc/{process.pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended
            policies.add(os.sched_getscheduler(int(thread.name)))
    assert policies == {os.SCHED_BATCH}


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux has policies")
def test_a_chosen_policy_stays(serve: Serve) -> None:
    """Whoever runs it at idle priority knows why."""

    def serve_idle() -> "subprocess.Popen[str]":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        return serve()

    with ThreadPoolExecutor(1) as thread:  # which ends with its policy: not everybody may leave this one
        process = thread.submit(serve_idle).result()
    banner(process)
    assert os.sched_getscheduler(process.pid) == os.SCHED_IDLE
