"""Changing and removing many assets with one command."""

from collections.abc import Sequence

import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.cli.assets import narrowing
from emo_grpc.cli.assets.changes.runner import AT_ONCE
from emo_grpc.client import AssetsApi
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World

GONE = "00000000-0000-4000-8000-000000000000"


def stored(world: World, count: int, *tags: str) -> list[str]:
    """So many, of two bytes each."""
    ids = [world.store(b"ab", f"{number}.jpg") for number in range(count)]
    for asset_id in ids:
        world.assets[asset_id].asset.tags.extend(tags)
    return ids


def labels(world: World, ids: Sequence[str]) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The tags and people of each."""
    assets = [world.assets[asset_id].asset for asset_id in ids]
    return {(tuple(asset.tags), tuple(asset.people)) for asset in assets}


def test_edits_several(ann: Emo, world: World) -> None:
    """All that are named change, once each; a pipe gets the ids of those that did."""
    ids, other = stored(world, 3, "old"), world.store(b"")
    typed: tuple[str, ...] = (
        "--add-tag",
        "sea",
        "--remove-tag",
        "old",
        "--add-person",
        "Ann",
        "--place",
        "Home",
        "--into",
        "/a/b/",
    )
    done = ann("edit", "--yes", ids[0].upper(), *ids, *typed)
    assert (done.exit_code, done.stdout.splitlines(), done.stderr) == (0, ids, "")
    assert labels(world, ids) == {(("sea",), ("Ann",))}
    assert {(world.assets[each].asset.location, world.assets[each].asset.folder) for each in ids} == {("Home", "a/b")}
    assert ann("edit", ids[0], "--remove-person", "Ann").stdout == f"Changed {ids[0]}.\n"
    assert labels(world, ids[:1]) == {(("sea",), ())}
    assert labels(world, [other]) == {((), ())}


def test_edits_what_options_leave(ann: Emo, world: World) -> None:
    """Also more than one call is for; what is asked of the server is what emo ls asks."""
    ids = stored(world, AT_ONCE + 1)
    done = ann("edit", "-y", "--kind", "photo", "--filter", "tags:sea", "--add-tag", "x", "--bookmarked")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == ids
    assert world.lists[0].filter == pb.AssetFilter(kinds=[pb.ASSET_KIND_PHOTO], expression="tags:sea")
    assert world.calls.count("BatchUpdateAssets") == 2
    assert labels(world, ids) == {(("x",), ())}


def test_what_is_said_is_taken_away(ann: Emo, world: World) -> None:
    """Any of what --has and --without know, of several assets at once, and nothing else."""
    (asset_id,) = stored(world, 1, "sea")
    typed = ("--place", "Home", "--date", "1994-05", "--person", "Ann", "--description", "d", "--into", "a/b")
    assert ann("edit", asset_id, *typed).exit_code == 0
    everything = [word for name in narrowing.Said for word in ("--clear", name)]
    assert ann("edit", asset_id, *everything[:4]).stdout == f"Changed {asset_id}.\n"
    assert world.assets[asset_id].asset.location == "Home"
    assert ann("edit", asset_id, *everything).exit_code == 0
    asset = world.assets[asset_id].asset
    said = (asset.description, *asset.tags, *asset.people, asset.location, asset.event_zone, asset.folder)
    assert "".join(said) == ""
    assert (asset.HasField("event_date"), asset.event_precision, asset.title) == (False, 0, "0.jpg")


@pytest.mark.parametrize(
    "other",
    [
        *(("tags", "--tag", "x"), ("tags", "--add-tag", "x"), ("people", "--remove-person", "Ann")),
        *(("date", "--date", "1994"), ("place", "--place", "Home"), ("folder", "--into", "/")),
    ],
)
def test_what_is_taken_away_is_not_said_as_well(ann: Emo, world: World, other: tuple[str, ...]) -> None:
    """It would not be clear which is meant; a title is always there."""
    done = ann("edit", world.store(b""), "--clear", *other)
    assert (done.exit_code, done.stderr.startswith(f"emo: --clear {other[0]} takes away what another")) == (2, True)
    assert "'title' is no field" in ann("edit", world.store(b""), "--clear", "title").stderr
    assert "BatchUpdateAssets" not in world.calls


@pytest.mark.parametrize("command", [("edit", "--title", "x"), ("rm",)])
def test_nothing_happens_to_what_is_not_said(ann: Emo, world: World, command: tuple[str, ...]) -> None:
    """Neither ids nor options is wrong usage, and so are both, and several without a yes where nobody can answer."""
    ids = stored(world, 2)
    for typed in (
        (),
        ("--yes",),
        ("--yes", ids[0], "--kind", "photo"),
        tuple(ids),
        ("--kind", "photo"),
        ("--yes", "-r"),
    ):
        done = ann(*command, *typed)
        assert (done.exit_code, done.stdout) == (2, ""), typed
        assert done.stderr.startswith("emo: ")
    assert [world.assets[each].asset.title for each in ids] == ["0.jpg", "1.jpg"]


@pytest.mark.parametrize("command", [("edit", "--title", "x"), ("rm",)])
def test_a_dry_run_only_shows(ann: Emo, world: World, command: tuple[str, ...]) -> None:
    """By ids or by options it lists what emo ls would, and does nothing, whoever is asked."""
    ids = stored(world, 2)
    for typed in (ids, ["--kind", "photo"], ["--yes", *ids]):
        done = ann(*command, "--dry-run", *typed)
        assert done.exit_code == 0
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ids
        assert done.stderr.startswith("emo: would ")
        assert "2 assets" in done.stderr
    assert "BatchUpdateAssets" not in world.calls
    assert "BatchDeleteAssets" not in world.calls
    none = ann(*command, "--dry-run", GONE)
    assert none.exit_code == 4


@pytest.mark.parametrize("command", [("edit", "--title", "x"), ("rm",)])
def test_one_that_fails_keeps_no_other_from_it(ann: Emo, world: World, command: tuple[str, ...]) -> None:
    """It is named, the exit code is its, and the others are done."""
    ids = stored(world, 2)
    done = ann(*command, "--yes", ids[0], GONE, ids[1])
    assert (done.exit_code, done.stdout.splitlines()) == (4, ids)
    assert done.stderr == f"emo: {GONE}: no such asset\n"
    assert ann(*command, "--yes", GONE).stderr == "emo: no such asset\n"


def test_what_was_done_before_it_broke_off_is_told(ann: Emo, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses in the middle leaves no doubt about the first ones."""
    ids = stored(world, AT_ONCE + 1)
    delete_many = AssetsApi.delete_many

    async def refusing(api: AssetsApi, request: pb.BatchDeleteAssetsRequest) -> Sequence[pb.AssetResult]:
        results = await delete_many(api, request)
        world.failures["BatchDeleteAssets"] = [Failure(grpc.StatusCode.FAILED_PRECONDITION, "ANY", "no more")]
        return results

    monkeypatch.setattr(AssetsApi, "delete_many", refusing)
    done = ann("rm", "-y", "--kind", "photo")
    assert (done.exit_code, done.stdout.splitlines(), done.stderr) == (5, ids[:AT_ONCE], "emo: no more\n")
    assert list(world.assets) == ids[AT_ONCE:]


def test_removing_several_asks_once(terminal: Terminal, world: World) -> None:
    """By how many they are and their bytes; no means none of them."""
    ids = stored(world, 3)
    exit_code, shown = terminal.run("rm", *ids, typed="n\n")
    assert (exit_code, list(world.assets)) == (0, ids)
    assert "Destroy 3 assets (6 B)?" in shown
    assert shown.endswith("emo: nothing was removed\r\n")
    assert "Destroyed 3 assets." in terminal.run("rm", "--kind", "photo", typed="y\n")[1]
    assert world.assets == {}
    assert "there is nothing to remove" in terminal.run("rm", "--kind", "photo")[1]


def test_editing_several_asks_once(terminal: Terminal, world: World) -> None:
    """By what changes and how many they are; a single one that is named is not asked for."""
    ids = stored(world, 2)
    change = ("--add-tag", "x", "--bookmarked", "--date", "1994-08-01", "--remove-person", "Bob")
    exit_code, shown = terminal.run("edit", *ids, *change, typed="n\n")
    assert exit_code == 0
    assert "Change date, bookmark, tags, people of 2 assets?" in shown
    assert shown.endswith("emo: nothing was changed\r\n")
    assert labels(world, ids) == {((), ())}
    assert "Changed 2 assets." in terminal.run("edit", *ids, *change, typed="y\n")[1]
    assert f"Changed {ids[0]}." in terminal.run("edit", ids[0], "--title", "x")[1]


def test_what_is_damaged_is_left_out(ann: Emo, world: World) -> None:
    """What options find and nobody can read is named, and no more than that."""
    ids = stored(world, 1)
    world.unreadable = [GONE]
    done = ann("rm", "-y", "--kind", "photo")
    assert (done.exit_code, done.stdout) == (0, f"Destroyed {ids[0]}.\n")
    assert done.stderr.startswith(f"emo: {GONE} is left out: ")
