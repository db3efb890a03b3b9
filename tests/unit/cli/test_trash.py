"""`emo rm` and `emo trash` against a server with a trash."""

import json
from datetime import timedelta

import pytest

from emo.assets.v1.assets_pb2 import BatchDeleteAssetsRequest
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import World

NEVER = "7035095b-41a2-4f29-9bdb-85e84eadae56"


@pytest.fixture(autouse=True)
def with_trash(world: World) -> None:
    world.trash_lifetime = timedelta(days=30)


def test_rm_says_where_it_went_and_how_to_get_it_back(ann: Emo, world: World) -> None:
    """Into the trash, for how long, and with which command it comes back; which then does."""
    one, two = world.store(b"one"), world.store(b"two")
    done = ann("rm", "--yes", one, two)
    assert done.stdout.splitlines() == [one, two]
    assert done.stderr == "emo: in the trash for 30 days, then destroyed; `emo trash restore ID` brings one back\n"
    assert world.trash == [one, two]
    assert ann("trash", "restore", one, two).stdout.splitlines() == [one, two]
    assert (world.trash, list(world.assets)) == ([], [one, two])


@pytest.mark.parametrize(("days", "told"), [(1, "1 day,"), (3650, "3,650 days,")])
def test_rm_says_how_long_a_trash_keeps(ann: Emo, world: World, days: int, told: str) -> None:
    """In whole days, with the word that goes with them."""
    world.trash_lifetime = timedelta(days=days)
    assert f"in the trash for {told}" in ann("rm", "--yes", world.store(b"x")).stderr


def test_rm_purge_destroys(ann: Emo, world: World) -> None:
    """At once, with one call for all of them, whether or not they are in the trash."""
    ids = [world.store(b"x") for _ in range(2)]
    ann("rm", "--yes", ids[0])
    world.calls.clear()
    assert ann("rm", "--yes", "--purge", *ids).stdout.splitlines() == ids
    assert world.assets == {}
    assert [call for call in world.calls if "Asset" in call] == ["BatchDeleteAssets"]


def test_rm_of_a_server_without_a_trash_says_so(ann: Emo, world: World) -> None:
    """Nothing is told of a trash that is not there."""
    world.trash_lifetime = timedelta(0)
    asset_id = world.store(b"x")
    assert ann("rm", "--yes", asset_id).stdout == f"Destroyed {asset_id}.\n"


def test_the_trash_is_listed(ann: Emo, world: World) -> None:
    """With the days on which things came and go, for people and for programs; what is not there is in `ls`."""
    gone, kept = world.store(b"gone", "gone.jpg"), world.store(b"kept")
    ann("rm", "--yes", gone)
    assert ann("trash", "ls").stdout.split("\t") == [gone, "gone.jpg", "", "4", "2026-01-31", "2026-03-02\n"]
    assert [asset["asset_id"] for asset in json.loads(ann("trash", "ls", "--json").stdout)] == [gone]
    assert [line.split("\t")[0] for line in ann("ls").stdout.splitlines()] == [kept]
    assert "2026-03-02" in ann("show", gone).stdout
    assert "in the trash" not in ann("show", kept).stdout


def test_the_trash_tells_what_it_does_not_show(ann: Emo, world: World) -> None:
    """What can't be read, and that there is more."""
    for _ in range(3):
        ann("rm", "--yes", world.store(b"x"))
    world.unreadable = ["7035095b-41a2-4f29-9bdb-85e84eadae56"]
    done = ann("trash", "ls", "--limit", "2")
    assert len(done.stdout.splitlines()) == 2
    assert "7035095b-41a2-4f29-9bdb-85e84eadae56 can't be shown" in done.stderr
    assert "there are more" in done.stderr
    assert len(ann("trash", "ls", "--all").stdout.splitlines()) == 3


def test_short_ids_of_the_trash(ann: Emo, world: World) -> None:
    """`emo trash` takes beginnings of ids of what is there, and of nothing else; `emo show` takes either."""
    gone, kept = world.store(b"gone"), world.store(b"kept")
    ann("rm", "--yes", gone)
    assert ann("trash", "restore", kept[:8]).exit_code == 4
    assert ann("show", gone[:8]).exit_code == 0
    assert ann("trash", "restore", gone[:8]).stdout == f"Restored {gone}.\n"


def test_many_of_the_trash_go_in_one_call(ann: Emo, world: World) -> None:
    """Back or to their end; what is not there is told by itself, and keeps no other from it."""
    ids, kept = [world.store(b"x") for _ in range(5)], world.store(b"kept")
    ann("rm", "--yes", *ids)
    world.calls.clear()
    back = ann("trash", "restore", *ids[:2], NEVER)
    assert (back.exit_code, back.stdout.splitlines()) == (4, ids[:2])
    assert NEVER in back.stderr
    assert [call for call in world.calls if "Asset" in call] == ["BatchRestoreAssets"]
    world.calls.clear()
    gone = ann("trash", "purge", "--yes", *ids[2:], ids[2], kept)
    assert (gone.exit_code, gone.stdout.splitlines()) == (5, ids[2:])
    assert gone.stderr == f"emo: {kept}: this asset is not in the trash\n"
    assert [call for call in world.calls if "Asset" in call] == ["BatchGetAssets", "BatchDeleteAssets"]
    assert list(world.assets) == [*ids[:2], kept]


def test_what_was_taken_out_meanwhile_is_not_purged(ann: Emo, world: World) -> None:
    """The server is told which state of an asset was found in the trash."""
    asset_id = world.store(b"x")
    ann("rm", "--yes", asset_id)
    world.assets[asset_id].asset.etag = "v2"
    ann("trash", "purge", "--yes", asset_id)
    (request,) = [each for each in world.requests if isinstance(each, BatchDeleteAssetsRequest) and each.etags]
    assert dict(request.etags) == {asset_id: "v2"}


def test_purge_and_empty_need_a_yes(ann: Emo, world: World) -> None:
    """From a terminal, or from the option; then they say what they did."""
    ids = [world.store(b"x") for _ in range(4)]
    ann("rm", "--yes", *ids)
    for command in (("purge", ids[0]), ("empty",)):
        assert ann("trash", *command).exit_code == 2
    assert world.trash == ids
    assert ann("trash", "purge", "--yes", ids[0]).stdout == f"Destroyed {ids[0]}.\n"
    assert ann("trash", "empty", "--yes").stdout == "Destroyed 3 assets.\n"
    assert world.assets == {}
    assert ann("trash", "empty", "--yes").stdout == "Destroyed 0 assets.\n"


def test_questions_say_what_will_be(terminal: Terminal, world: World) -> None:
    """That it goes into the trash, or to its end, and how much it is; no means no."""
    asset_id = world.store(b"12345", "beach.mp4")
    assert "Move 'beach.mp4' (5 B) to the trash?" in terminal.run("rm", asset_id, typed="n\n")[1]
    assert "Destroy 'beach.mp4' (5 B)?" in terminal.run("rm", "--purge", asset_id, typed="n\n")[1]
    assert "The trash is empty." in terminal.run("trash", "empty")[1]
    terminal.run("rm", asset_id, typed="y\n")
    assert "Destroy 'beach.mp4' (5 B)?" in terminal.run("trash", "purge", asset_id, typed="n\n")[1]
    assert "Destroy 1 asset in the trash (5 B)?" in terminal.run("trash", "empty", typed="n\n")[1]
    assert "5 B of it in the trash (1)" in terminal.run("stats")[1]
    other = world.store(b"12", "lake.mp4")
    terminal.run("rm", "--yes", other)
    question = terminal.run("trash", "purge", asset_id, other, typed="n\n")[1]
    assert "Destroy 2 assets (7 B)?" in question
    assert "2 assets stay in the trash" in question
    terminal.run("trash", "purge", "--yes", other)
    assert world.trash == [asset_id]
    assert "Destroyed 1 asset." in terminal.run("trash", "empty", typed="y\n")[1]
    assert world.assets == {}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("rm", "ID"), "nothing was removed"),
        (("rm", "--purge", "ID"), "nothing was removed"),
        (("trash", "purge", "OLD"), "'old.mp4' stays in the trash"),
        (("trash", "empty"), "nothing was destroyed"),
        (("account", "delete"), "nothing was removed"),
    ],
)
def test_a_no_is_answered(terminal: Terminal, world: World, command: tuple[str, ...], told: str) -> None:
    """It is said that all is as it was, and no failure."""
    asset_id, old = world.store(b"12345", "beach.mp4"), world.store(b"12345", "old.mp4")
    terminal.run("rm", "--yes", old)
    ids = {"ID": asset_id, "OLD": old}
    exit_code, shown = terminal.run(*(ids.get(word, word) for word in command), typed="n\n")
    assert exit_code == 0
    assert shown.endswith(f"emo: {told}\r\n")
    assert (list(world.assets), world.trash) == ([asset_id, old], [old])
