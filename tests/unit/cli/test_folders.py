"""Folders, from the command line."""

import json

import grpc
import pytest

from emo.assets.v1.assets_pb2 import MoveFolderRequest
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World


@pytest.fixture
def kept(world: World) -> dict[str, str]:
    """The ids of some assets, by their folders."""
    ids = {}
    for size, folder in enumerate(["Photos/1994", "Photos", "Letters", ""], start=1):
        ids[folder] = world.store(b"x" * 1000 * size, f"{size}.jpg")
        world.assets[ids[folder]].asset.folder = folder
    return ids


@pytest.mark.usefixtures("kept")
def test_folders_are_listed(ann: Emo, terminal: Terminal) -> None:
    """With how many assets and bytes are in each and below it; people are told of the rest, programs get all of it."""
    assert ann("folder", "ls").stdout == "Letters\t1\t3000\nPhotos\t2\t3000\n"
    assert ann("folder", "ls", "/Photos/").stdout == "Photos/1994\t1\t1000\n"
    exit_code, shown = terminal.run("folder", "ls", "Photos")
    assert exit_code == 0
    assert [line.split() for line in shown.splitlines()[1:]] == [
        ["Photos/1994", "1", "1.0", "kB"],
        ["1", "asset", "right", "in", "Photos,", "2.0", "kB"],
    ]
    assert terminal.run("folder", "ls", "Letters")[1].strip() == "1 asset right in Letters, 3.0 kB"
    assert "1 asset in no folder, 4.0 kB" in terminal.run("folder", "ls")[1]
    found = json.loads(ann("folder", "ls", "Photos", "--json").stdout)
    assert (found["folder"]["folder"], found["folder"]["direct_count"]) == ("Photos", 1)
    assert [(folder["folder"], folder["count"]) for folder in found["folders"]] == [("Photos/1994", 1)]


@pytest.mark.usefixtures("kept")
def test_many_folders(ann: Emo) -> None:
    """As many as are asked for, and that there are more is said."""
    done = ann("folder", "ls", "-n", "1")
    assert (done.stdout, done.stderr) == (
        "Letters\t1\t3000\n",
        "emo: there are more: --all lists all of them, --limit more of them\n",
    )
    assert len(ann("folder", "ls", "-n", "1", "--all").stdout.splitlines()) == 2


def test_a_folder_that_is_not_there(ann: Emo) -> None:
    """It is told in one line; what can be none is refused before anybody is asked."""
    done = ann("folder", "ls", "Nowhere")
    assert (done.exit_code, done.stdout) == (4, "")
    assert "there is no folder Nowhere" in done.stderr
    assert "told from its top" in ann("folder", "mv", "../a", "b").stderr


def test_a_folder_is_moved(ann: Emo, world: World) -> None:
    """The same request is sent until nothing is left, and how much is left is told meanwhile."""
    world.moves_left = [1200, 200]
    done = ann("folder", "mv", "Photos/", "/Family//Photos")
    assert (done.exit_code, done.stdout) == (0, "Moved Photos to Family/Photos.\n")
    assert done.stderr.splitlines() == [
        "emo: 1,200 assets are still to be moved",
        "emo: 200 assets are still to be moved",
    ]
    sent = [request for request in world.requests if isinstance(request, MoveFolderRequest)]
    assert {(request.source, request.destination) for request in sent} == {("Photos", "Family/Photos")}
    assert len(sent) == 3
    assert len({request.request_id for request in sent}) == 1
    assert ann("folder", "mv", "Photos", "/").stdout == "Moved what was in Photos to the top.\n"


def test_an_asset_goes_into_a_folder(ann: Emo, world: World, kept: dict[str, str]) -> None:
    """And out of it again, to the top."""
    asset_id = kept["Letters"]
    assert ann("edit", asset_id, "--into", "Family/Letters/").exit_code == 0
    assert world.assets[asset_id].asset.folder == "Family/Letters"
    assert "folder\tFamily/Letters" in ann("show", asset_id).stdout
    assert ann("edit", asset_id, "--into", "/").exit_code == 0
    assert world.assets[asset_id].asset.folder == ""


@pytest.mark.usefixtures("kept")
def test_two_folders_become_one_only_by_a_yes(ann: Emo, world: World) -> None:
    """Where the new name was a folder's already, in either form of Unicode; which is told after, too."""
    world.assets[world.store(b"")].asset.folder = "Caf\u00e9"
    refused = ann("folder", "mv", "Letters", "Cafe\u0301")
    assert (refused.exit_code, refused.stdout, "MoveFolder" in world.calls) == (2, "", False)
    ask = "there is no terminal to ask whether to make both one: use --yes"
    assert refused.stderr == f"emo: 1 asset is in Caf\u00e9 already, and {ask}\n"
    told = ", which was there already; both are one now.\n"
    assert ann("folder", "mv", "--yes", "Letters", "Cafe\u0301").stdout == f"Moved Letters to Caf\u00e9{told}"
    assert ann("folder", "mv", "Letters", "Post").stdout == "Moved Letters to Post.\n"


def test_a_no_leaves_two_folders_apart(terminal: Terminal, world: World, kept: dict[str, str]) -> None:
    """It is asked with how many assets the other one has; a yes makes them one."""
    shown = terminal.run("folder", "mv", "Letters", "Photos", typed="n\n")[1]
    assert "2 assets are in Photos already. Make Letters and Photos one, for good?" in shown
    assert "nothing was moved" in shown
    assert "MoveFolder" not in world.calls
    assert "both are one now" in terminal.run("folder", "mv", "Letters", "Photos", typed="y\n")[1]
    assert "there is no folder Nowhere" in terminal.run("folder", "mv", "Nowhere", "Photos")[1]
    del kept


@pytest.mark.parametrize(
    ("source", "destination", "asked"),
    [
        ("Photos/1994", "Photos", "1 other asset is in Photos already"),
        ("Photos", "/", "2 other assets are at the top already. Make Photos and the top one"),
        ("Photos", "Photos/1994", ""),
        ("Letters", "Letters/1994", ""),
    ],
)
@pytest.mark.usefixtures("kept")
def test_what_a_folder_meets_where_it_already_is(terminal: Terminal, source: str, destination: str, asked: str) -> None:
    """Higher up, all but itself; deeper in itself, nothing."""
    shown = terminal.run("folder", "mv", source, destination, typed="n\n" * bool(asked))[1]
    assert asked in shown
    assert ("[y/N]" in shown) == bool(asked)


def test_a_folder_that_was_alone_comes_up_unasked(ann: Emo, world: World) -> None:
    """Nothing else is in the one that it lies in."""
    world.assets[world.store(b"")].asset.folder = "Photos/1994"
    assert ann("folder", "mv", "Photos/1994", "Photos").stdout == "Moved Photos/1994 to Photos.\n"


@pytest.mark.usefixtures("kept")
def test_a_server_that_does_not_say_what_was_there_moves_all_the_same(ann: Emo, world: World) -> None:
    """Older ones list no folders, and others take the new name for none, which the move itself tells."""
    for code in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT):
        world.failures["ListFolders"] = [Failure(code, "", "odd")]
        assert ann("folder", "mv", "Letters", "Photos").stdout == "Moved Letters to Photos.\n"
    world.failures["ListFolders"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, "", "not you")]
    assert ann("folder", "mv", "Letters", "Photos").stderr == "emo: not you\n"
