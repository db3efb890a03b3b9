"""What `--json` says of commands that change things."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import Emo
from unit.client.fake_server import World

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
    assert told(ann, *command, two, NEVER, code=4)[0] == {"asset_id": two, "outcome": outcome}


def test_a_single_one_that_fails(ann: Emo) -> None:
    """It is told in the list, too."""
    assert told(ann, "rm", "--yes", NEVER, code=4) == [FAILED]
    assert told(ann, "edit", NEVER, "--title", "x", code=4) == [FAILED]


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
