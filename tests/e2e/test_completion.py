"""What real shells make of what fits."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess
from e2e.typed_shell import typed_shell

HOSTILE = """G's "$(touch p)" `touch p`; $HOME:\\ !! !e ~*"""


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmoProcess]:
    """Logged in at a server that serves all shells; with a note."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        server = ServerProcess(tmp_path_factory.mktemp("server"))
        server.start()
        emo = EmoProcess(tmp_path_factory.mktemp("ann"))
        emo.run("--server", server.address, "register", "ann", "--email", "ann@example.com")
        emo.run("login", "ann")
        (emo.folder / "note.txt").write_bytes(b"x")
        yield emo
        server.kill()


@pytest.fixture(scope="module")
def asset_id(ann: EmoProcess) -> str:
    return ann.output("upload", "note.txt", "--tag", HOSTILE).split("\t")[0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_tab_key(ann: EmoProcess, asset_id: str, shell: str) -> None:
    """Commands, options, ids, tags and files are completed; whatever is in a tag, the shell takes it for one word."""
    folder = ann.folder
    environment = {
        "HOME": str(folder),
        "EMO_CONFIG_DIR": str(folder / "config"),
        "PATH": os.pathsep.join((str(Path(COMMAND).parent), os.environ["PATH"])),
        "LC_ALL": "C.UTF-8",
    }
    with typed_shell(shell, folder, environment) as typed:
        assert typed.complete("emo reset-p") == ["emo", "reset-password"]
        assert typed.complete("emo upload --content-t") == ["emo", "upload", "--content-type"]
        assert typed.complete(f"emo show {asset_id[:9]}") == ["emo", "show", asset_id]
        assert typed.complete("emo ls --tag G") == ["emo", "ls", "--tag", HOSTILE]
        assert typed.complete("emo ls --tag=G") == ["emo", "ls", f"--tag={HOSTILE}"]
        assert typed.complete("emo ls --tag 'G") == ["emo", "ls", "--tag", HOSTILE]
        assert typed.complete('emo ls --tag "G') == ["emo", "ls", "--tag", HOSTILE]
        assert typed.complete("emo upload no") == ["emo", "upload", "note.txt"]
    assert not (folder / "p").exists()
