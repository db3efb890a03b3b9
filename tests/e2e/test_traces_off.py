"""Without traces nothing of OpenTelemetry is there; with them, and without the extra, nothing starts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector import running_collector
from e2e.server_process import ServerProcess
from e2e.workers_client import WorkersClient
from waiting import wait_until

IMPORT = re.compile(r"^import time:.*\| +(\S+)$", re.MULTILINE)
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """It writes what it imports into its log."""
    made = ServerProcess(
        tmp_path / "server", command=(sys.executable, "-X", "importtime", "-m", "emo_grpc"), environment={}
    )
    made.start()
    yield made
    made.kill()


def test_nothing_is_imported(server: ServerProcess, tmp_path: Path) -> None:
    """Neither by a server that has answered calls, nor by the command, nor by a program with the client."""
    client = WorkersClient(server)
    client.get_me()
    client.close()
    assert server.stop() == 0
    server.start()
    own = {"EMO_CONFIG_DIR": str(tmp_path / "config"), "EMO_PASSWORD": "correct horse"}
    registering = subprocess.run(
        [*server.command, "--server", server.address, "register", "ann", "--email", "ann@example.org"],
        env=os.environ | own, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for text in (server.log.read_text(), registering.stderr):
        imported = set(IMPORT.findall(text))
        assert "grpc" in imported
        assert [name for name in imported if name.startswith("opentelemetry")] == []


@pytest.fixture
def without_extra(tmp_path: Path) -> dict[str, str]:
    """An environment in which OpenTelemetry is not installed."""
    package = tmp_path / "missing" / "opentelemetry"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('raise ModuleNotFoundError("No module named opentelemetry", name=__name__)')
    return os.environ | {
        "PYTHONPATH": str(package.parent),
        "DATA_FOLDER": str(tmp_path / "data"),
        "EMO_LISTEN": "127.0.0.1:0",
    }


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_the_extra(without_extra: dict[str, str], tmp_path: Path, workers: str) -> None:
    """A server that shall trace does not start, and says in one sentence what to install."""
    done = subprocess.run(
        [sys.executable, "-m", "emo_grpc", "serve"],
        env=without_extra | COLLECTOR | {"EMO_WORKERS": workers},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (78, "")
    (line,) = done.stderr.splitlines()
    assert "pip install 'emo-grpc[otel]'" in line


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"}, "OTEL_EXPORTER_OTLP_ENDPOINT: must be an address such as"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "OTEL_TRACES_EXPORTER: must be 'otlp' or 'none'"),
        ({"OTEL_EXPORTER_OTLP_ENDPIONT": "http://x"}, "did you mean OTEL_EXPORTER_OTLP_ENDPOINT?"),
        (COLLECTOR | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "OTEL_EXPORTER_OTLP_PROTOCOL: must be grpc"),
    ],
)
def test_wrong_variables(tmp_path: Path, variables: dict[str, str], told: str) -> None:
    """A server with variables of OpenTelemetry that it can't follow does not start, and says which."""
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    environment = os.environ | {"DATA_FOLDER": str(tmp_path / "data"), "EMO_LISTEN": "127.0.0.1:0"}
    done = subprocess.run(
        [sys.executable, "-m", "emo_grpc", "serve"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (78, "")
    assert told in done.stderr


def test_variables_may_be_in_the_file(tmp_path: Path) -> None:
    """What OpenTelemetry itself reads from the environment alone may stand in `.env`, too."""
    with running_collector() as collector:
        lines = [f"{name}={value}\n" for name, value in collector.environment.items()]
        (tmp_path / ".env").write_text("".join([*lines, "OTEL_SERVICE_NAME=emo-west\n"]))
        server = ServerProcess(tmp_path)
        try:
            server.start()
            WorkersClient(server).close()
            wait_until(lambda: {seen.service for seen in collector.spans} == {"emo-west"})
        finally:
            server.kill()
