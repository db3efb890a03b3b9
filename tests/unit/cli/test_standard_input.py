"""`emo upload -`."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import grpc
import pytest
from typer.testing import Result

from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

DATA = os.urandom(3_000_001)
SYSTEM = "emo_grpc.cli.assets.uploads.pipe_uploader.sys"
Piped = Callable[..., Result]


@pytest.fixture
def piped(ann: Emo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Piped:
    """`emo … < file`; the text that the runner takes would have no handle."""

    def run(*arguments: str, stdin: bytes = DATA) -> Result:
        (tmp_path / "input").write_bytes(stdin)
        with (tmp_path / "input").open("rb") as opened:
            monkeypatch.setattr(SYSTEM, SimpleNamespace(stdin=opened))
            return ann(*arguments)

    return run


def test_standard_input_becomes_an_asset(piped: Piped, world: World) -> None:
    """Named as it is said, or by what it is."""
    done = piped("upload", "-", "--name", "dump.txt", "--tag", "sea")
    assert (done.exit_code, done.stderr) == (0, "")
    ((asset_id, stored),) = world.assets.items()
    assert done.stdout == f"{asset_id}\tdump.txt\tnew\t{len(DATA)}\n"
    assert bytes(stored.received) == DATA
    asset = stored.asset
    assert (asset.title, asset.file.name, asset.file.content_type) == ("dump", "dump.txt", "text/plain")
    assert piped("upload", "-").stdout.endswith(f"\t-\tnew\t{len(DATA)}\n")
    assert [each.asset.file.name for each in world.assets.values()] == ["dump.txt", "stdin"]


@pytest.mark.parametrize(
    ("options", "name"), [(("--title", "Dump"), "Dump"), (("--name", "a.txt"), "a.txt"), ((), "standard input")]
)
def test_people_are_told_what_standard_input_became(
    piped: Piped, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], name: str
) -> None:
    """By a name, where files have their path."""
    monkeypatch.setattr("emo_grpc.cli.assets.uploads.upload_results.is_terminal", lambda: True)
    assert piped("upload", "-", *options).stdout.rstrip().endswith(f"  {name}  3.0 MB")


def test_standard_input_among_files(piped: Piped, tmp_path: Path, world: World) -> None:
    """In its place, and once."""
    (tmp_path / "a").write_bytes(b"a")
    assert len(piped("upload", "a", "-").stdout.splitlines()) == 2
    assert piped("upload", "-", "-").exit_code == 2
    assert piped("upload", "-", "a", "--name", "b").exit_code == 2
    assert len(world.assets) == 2


def test_what_can_not_be_gone_on_with_is_said(piped: Piped, world: World) -> None:
    """With the way to remove it."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, "UPLOAD_SUPERSEDED", "no", after=1)]
    done = piped("upload", "-")
    (asset_id,) = world.assets
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.stderr == f"emo: no; this upload can't be gone on with; drop it with: emo rm {asset_id}\n"


def test_a_closed_standard_input(ann: Emo, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Is no empty file."""
    monkeypatch.setattr(SYSTEM, SimpleNamespace(stdin=None))
    done = ann("upload", "-")
    assert (done.exit_code, done.stderr) == (10, "emo: standard input is closed\n")
    assert world.assets == {}


def test_a_file_by_another_name(ann: Emo, world: World, tmp_path: Path) -> None:
    """--name holds for files, too, and says what they are."""
    (tmp_path / "a").write_bytes(b"a")
    assert ann("upload", "a", "--name", "Letter.txt").exit_code == 0
    (stored,) = world.assets.values()
    assert (stored.asset.title, stored.asset.file.content_type) == ("Letter", "text/plain")
