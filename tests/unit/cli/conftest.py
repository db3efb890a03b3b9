import asyncio
import os
import pty
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from emo_grpc.cli.app import app
from unit.cli.terminal import Terminal
from unit.client.fake_server import PASSWORD, World, running

Emo = Callable[..., Result]


@pytest.fixture
def world() -> World:
    made = World()
    made.users["ann"] = PASSWORD
    return made


@pytest.fixture
def server(world: World) -> Iterator[str]:
    """The fake on a loop of its own, since every command runs one, too."""
    found: list[str] = []
    is_up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with running(world) as address:
            found.append(address)
            is_up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait()
    yield found[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def emo(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Emo:
    """Runs the command as a program would: no terminal, and a folder for settings of its own."""
    monkeypatch.setenv("EMO_CONFIG_DIR", str(config))
    monkeypatch.setenv("EMO_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, prog_name="emo")

    return run


@pytest.fixture
def ann(emo: Emo, server: str) -> Emo:
    """The command, with Ann logged in."""
    assert emo("login", "ann", "--server", server).exit_code == 0
    return emo


@pytest.fixture
def terminal(ann: Emo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """The command at a terminal, with Ann logged in."""
    assert ann("me").exit_code == 0
    monkeypatch.setenv("TERM", "xterm-256color")
    made = Terminal(*pty.openpty())
    watcher = threading.Thread(target=made.watch)
    watcher.start()
    yield made
    os.close(made.screen)
    watcher.join()
    os.close(made.keyboard)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `admin` works on; not made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("EMO_PASSWORD", PASSWORD)
    return tmp_path / "data"


def admin(*arguments: str) -> Result:
    """What an operator gets."""
    return CliRunner().invoke(app, ["admin", *arguments])
