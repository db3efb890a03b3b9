"""`-` where a folder or a file is meant."""

from pathlib import Path

import pytest

from unit.cli.conftest import Emo, admin
from unit.client.fake_server import World

ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "arguments",
    [
        ("download", ID, ID.replace("0", "1"), "-o", "-"),
        ("download", "--all", "-o", "-"),
        ("download", "--folder", "Family", "-r", "-o", "-"),
        ("export", "--to", "-"),
        ("import", "-"),
        ("import", "a.zip", "-"),
        ("sync", "-", "--up"),
        ("sync", "-", "--down", "--folder", "Family"),
    ],
)
def test_a_stream_is_no_folder(ann: Emo, world: World, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """It is refused as wrong usage, and no folder of that name is made."""
    world.store(b"hello")
    before = set(tmp_path.iterdir())
    done = ann(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("; what is called - is ./-\n")
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("export-user", "ann", "--to"),
        ("backup", "--to"),
        ("backup", "--verify", "--from"),
        ("backups", "--from"),
        ("restore", "--from"),
    ],
)
def test_nor_is_it_for_operators(data_folder: Path, arguments: tuple[str, ...]) -> None:
    """Of exports and of backups."""
    done = admin(*arguments, "-")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("; what is called - is ./-\n")
    assert not data_folder.exists()


def test_a_folder_of_that_name_can_be_meant(ann: Emo, world: World) -> None:
    """As for other programs."""
    world.store(b"hello", "a.txt")
    assert ann("download", "--all", "-o", "./-").exit_code == 0
    assert Path("-/a.txt").read_bytes() == b"hello"
