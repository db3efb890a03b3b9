"""What `--json` says of commands that change things."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World

NEVER = "7035095b-41a2-4f29-9bdb-85e84eadae56"
FAILED = {"asset_id": NEVER, "outcome": "failed", "reason": "ASSET_NOT_FOUND"}


# Any: what JSON holds.
def told(emo: Emo, *arguments: str, code: int = 0) -> Any:
    done = emo(*arguments, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (("edit", "--yes", "--add-tag", "sea"), "changed"),
        (("rm", "--yes"), "trashed"),
        (("rm", "--yes", "--purge"), "destroyed"),
        (("trash", "restore"), "restored"),
        (("trash", "purge", "--yes"), "destroyed"),
    ],
)
def test_changes_of_assets(ann: Emo, world: World, command: tuple[str, ...], outcome: str) -> None:
    """A list with what became of each, also of a single one, and of one that fails why."""
    world.trash_lifetime = timedelta(days=30)
    one, two = world.store(b"one"), world.store(b"two")
    if command[0] == "trash":
        ann("rm", "--yes", one, two)
    expected = [{"asset_id": one, "outcome": outcome}]
    assert told(ann, *command, one) == expected
    assert told(ann, *command, two, NEVER, code=4) == [{"asset_id": two, "outcome": outcome}, FAILED]


@pytest.mark.parametrize(
    "command",
    [
        ("rm", "--yes"),
        ("rm", "--dry-run"),
        ("edit", "--title", "x"),
        ("edit", "--title", "x", "--dry-run"),
        ("trash", "restore"),
        ("trash", "purge", "--yes"),
    ],
)
def test_a_single_one_that_fails(ann: Emo, command: tuple[str, ...]) -> None:
    """It is told in the list, too, whether or not it was read before."""
    assert told(ann, *command, NEVER, code=4) == [FAILED]


def test_what_fails_before_anything_is_changed(ann: Emo, world: World) -> None:
    """What is not in the trash, or would not be changed since it is not there, has its place in the list."""
    world.trash_lifetime = timedelta(days=30)
    gone, kept = world.store(b"gone"), world.store(b"kept")
    ann("rm", "--yes", gone)
    not_trashed = {"asset_id": kept, "outcome": "failed", "reason": "ASSET_NOT_IN_TRASH"}
    found = told(ann, "trash", "purge", "--yes", kept, gone, code=5)
    assert found == [{"asset_id": gone, "outcome": "destroyed"}, not_trashed]
    planned, missing = told(ann, "rm", "--dry-run", kept, NEVER, code=4)
    assert (planned["asset_id"], missing) == (kept, FAILED)


def test_what_a_failure_of_all_leaves_over(ann: Emo, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those in the call that failed it is not known what they are; those after it were not touched."""
    monkeypatch.setattr("emo_grpc.cli.assets.changes.runner.AT_ONCE", 2)
    ids = [world.store(b"x") for _ in range(5)]
    denied = Failure(grpc.StatusCode.PERMISSION_DENIED, "", "not any more", after_calls=1)
    world.failures["BatchUpdateAssets"] = [denied]
    found = told(ann, "edit", "--yes", "--add-tag", "sea", *ids, code=3)
    assert [(each["asset_id"], each["outcome"]) for each in found] == [
        *((asset_id, "changed") for asset_id in ids[:2]),
        *((asset_id, "unknown") for asset_id in ids[2:4]),
        (ids[4], "untouched"),
    ]


@pytest.mark.parametrize("command", [("rm",), ("edit", "--title", "x"), ("trash", "purge")])
def test_a_no_changes_nothing(terminal: Terminal, world: World, command: tuple[str, ...]) -> None:
    """The list has what failed before the question alone."""
    world.trash_lifetime = timedelta(days=30)
    ids = [world.store(b"x") for _ in range(2)]
    if command[0] == "trash":
        terminal.run("rm", "--yes", *ids)
    _, shown = terminal.run(*command, *ids, "--json", typed="n\n")
    assert "[]" in shown.splitlines()
    assert world.trash == (ids if command[0] == "trash" else [])


def test_the_trash_is_emptied(ann: Emo, world: World) -> None:
    """One object with how many were destroyed; also where a failure ends it, if some were."""
    world.trash_lifetime = timedelta(days=30)
    assert told(ann, "trash", "empty", "--yes") == {"purged_count": 0}
    ann("rm", "--yes", *(world.store(b"x") for _ in range(4)))
    world.failures["EmptyTrash"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, "", "not you")]
    assert ann("trash", "empty", "--yes", "--json").stdout == ""
    world.failures["EmptyTrash"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, "", "not any more", after_calls=1)]
    assert told(ann, "trash", "empty", "--yes", code=3) == {"purged_count": 1}
    assert told(ann, "trash", "empty", "--yes") == {"purged_count": 3}


def test_a_trash_that_is_not_emptied(terminal: Terminal, world: World) -> None:
    """After a no, and where nothing is in it: nothing was destroyed, and no sentence stands in the way."""
    assert json.loads(terminal.run("trash", "empty", "--json")[1]) == {"purged_count": 0}
    world.trash_lifetime = timedelta(days=30)
    terminal.run("rm", "--yes", world.store(b"x"))
    assert '"purged_count": 0' in terminal.run("trash", "empty", "--json", typed="n\n")[1]
    assert len(world.trash) == 1


def test_what_would_be_changed(ann: Emo, world: World) -> None:
    """With --dry-run the assets, as emo ls has them; where there are none, an empty list."""
    asset_id = world.store(b"one")
    for command in (("edit", "--kind", "other", "--add-tag", "sea"), ("rm", "--kind", "other")):
        assert [each["asset_id"] for each in told(ann, *command, "--dry-run")] == [asset_id]
    world.assets.clear()
    for command in (("edit", "--kind", "other", "--add-tag", "sea"), ("rm", "--kind", "other")):
        assert told(ann, *command, "--yes") == []


def test_an_export(ann: Emo, world: World) -> None:
    """One object: where it is, and how much is in it."""
    world.store(b"cake", "IMG.jpg")
    assert told(ann, "export", "--to", "out") == {
        "path": "out", "files": 1, "size_bytes": 4, "not_complete": 0, "renamed": 0, "missing": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("world")
def test_a_sync(ann: Emo) -> None:
    """A list of its steps, done or planned, with the new path of what is moved; nothing to do is an empty one."""
    Path("trip").mkdir()
    Path("trip/a.txt").write_text("a")
    sent = {"action": "send", "path": "trip/a.txt", "new_path": "", "size_bytes": 1}
    assert told(ann, "sync", "trip", "--up", "--dry-run") == told(ann, "sync", "trip", "--up") == [sent]
    Path("trip/a.txt").rename("trip/b.txt")
    moved = {"action": "move", "path": "trip/a.txt", "new_path": "trip/b.txt", "size_bytes": 1}
    assert told(ann, "sync", "trip", "--up") == [moved]
    assert told(ann, "sync", "trip", "--up") == []
