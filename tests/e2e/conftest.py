from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from e2e.attacks_on_identity.opening import open_target
from e2e.attacks_on_identity.target import Target
from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess
from e2e.shared_engines import shared_engines


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


@pytest.fixture(scope="session", params=["embedded", "shared"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One server for all attacks on accounts: on a folder, and then on MongoDB and S3."""
    folder = tmp_path_factory.mktemp("target")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as opened:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        engines: dict[str, str] = {}
        if request.param == "shared":
            url, bucket = request.getfixturevalue("mongod_url"), request.getfixturevalue("s3").new_bucket()
            engines = opened.enter_context(shared_engines(url, bucket))
        yield opened.enter_context(open_target(folder, engines))
