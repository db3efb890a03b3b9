from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage would double the time that each process takes, for lines that other tests run within this one."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of its own for one test."""
    made = ServerProcess(tmp_path / "server")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def emo(tmp_path: Path) -> EmoProcess:
    """The command, with nobody logged in."""
    folder = tmp_path / "client"
    folder.mkdir()
    return EmoProcess(folder)


@pytest.fixture
def ann(emo: EmoProcess, server: ServerProcess) -> EmoProcess:
    """The command, with Ann registered and logged in."""
    emo.run("--server", server.address, "register", "ann", "--email", "ann@example.com")
    emo.run("login", "ann")
    return emo
