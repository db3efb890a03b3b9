"""Commands on a folder that is not there, and on one in which nothing is meant."""

from pathlib import Path

import grpc
import pytest

from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

ON_A_FOLDER = [
    ("ls", "--folder", "Nowhere"),
    ("ls", "--folder", "Nowhere", "--json"),
    ("download", "--folder", "Nowhere", "-r", "-o", "out/"),
    ("edit", "--folder", "Nowhere", "--title", "x", "--yes"),
    ("rm", "--folder", "Nowhere", "--yes"),
    ("rm", "--folder", "Nowhere", "--dry-run"),
    ("export", "--folder", "Nowhere", "--to", "out.zip"),
    ("export", "--folder", "/Nowhere/", "-r", "--to", "out"),
    ("sync", "here", "--down", "--folder", "Nowhere"),
    ("folder", "ls", "Nowhere"),
    ("folder", "mv", "Nowhere", "Other"),
]


@pytest.mark.parametrize("typed", ON_A_FOLDER, ids=" ".join)
def test_a_folder_that_is_not_there_is_told_in_one_way(
    ann: Emo, world: World, typed: tuple[str, ...], tmp_path: Path
) -> None:
    """Its name, exit code 4 for not found, nothing on standard output, and nothing is made on this machine."""
    world.store(b"x")
    world.failures["MoveFolder"] = [Failure(grpc.StatusCode.NOT_FOUND, "FOLDER_NOT_FOUND", "there is no such folder")]
    before = set(tmp_path.iterdir())
    done = ann(*typed)
    assert (done.exit_code, done.stdout, done.stderr) == (4, "", "emo: there is no folder Nowhere in the vault\n")
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("ls", "--folder", "Photos"), ""),
        (("download", "--folder", "Photos", "-o", "out/"), "emo: there is nothing to download\n"),
        (("edit", "--folder", "Photos", "--title", "x"), "emo: there is nothing to change\n"),
        (("rm", "--folder", "Photos", "--yes"), "emo: there is nothing to remove\n"),
    ],
)
def test_nothing_in_a_folder_with_folders(
    ann: Emo, world: World, typed: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    """It is no failure, -r is thought of, and no folder is made for nothing."""
    world.assets[world.store(b"x")].asset.folder = "Photos/1994"
    done = ann(*typed)
    hint = "emo: Photos has folders: -r takes in what is in them\n"
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", hint + told)
    assert not (tmp_path / "out").exists()
    assert hint not in ann(*typed, "-r", *(["--yes"] if typed[0] == "edit" else [])).stderr


def test_nothing_that_was_asked_for_is_no_failure(ann: Emo, world: World) -> None:
    """Without a folder, or at the top, nobody is asked for it."""
    for typed in (("ls", "--tag", "sea"), ("ls", "--folder", "/"), ("download", "--all", "-o", "out/")):
        assert ann(*typed).exit_code == 0
    assert "ListFolders" not in world.calls


def test_a_server_that_knows_no_folders_has_none_missing(ann: Emo, world: World) -> None:
    """It can't tell, so an empty list is one."""
    world.failures["ListFolders"] = [Failure(grpc.StatusCode.UNIMPLEMENTED, "", "Method not found!")]
    done = ann("ls", "--folder", "Nowhere")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
