"""`emo download`, to wherever people point it."""

import os
from pathlib import Path

import grpc
import pytest

from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

DATA = os.urandom(200_001)
GONE = "00000000-0000-4000-8000-000000000000"


def test_a_new_folder(ann: Emo, world: World, tmp_path: Path) -> None:
    """What ends in a slash is one, and is made."""
    done = ann("download", world.store(DATA, "beach.mp4"), "-o", "trip/")
    assert (done.exit_code, done.stdout) == (0, "trip/beach.mp4\n")
    assert (tmp_path / "trip" / "beach.mp4").read_bytes() == DATA


def test_several_assets_go_into_a_folder(ann: Emo, world: World) -> None:
    """Here, into one that is there, or into one that is made; to anything else is refused before anything is sent."""
    ids = [world.store(DATA[:size], f"{size}.bin") for size in (1, 2)]
    assert ann("download", *ids).stdout == "1.bin\n2.bin\n"
    assert ann("download", *ids, "-o", "trip/").stdout == "trip/1.bin\ntrip/2.bin\n"
    refused = ann("download", *ids, "-o", "file")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "write file/" in refused.stderr
    assert ann("download", *ids, "-o", "-").exit_code == 2
    assert ann("download", *ids, "-o", "trip", "--offset", "1").exit_code == 2
    assert world.calls.count("DownloadAsset") == 4


def test_one_that_fails_does_not_keep_the_others(ann: Emo, world: World, tmp_path: Path) -> None:
    """It is named, and the exit code is its."""
    first, last = world.store(DATA, "a"), world.store(DATA, "b")
    (tmp_path / "a").write_bytes(b"mine")
    done = ann("download", first, GONE, last)
    assert (done.exit_code, done.stdout) == (4, "b\n")
    assert done.stderr.splitlines() == [
        f"emo: {GONE}: no such asset",
        f"emo: {first}: a exists already; --force overwrites it",
    ]
    assert (tmp_path / "a").read_bytes() == b"mine"


def test_what_stops_all_leaves_what_was_done_before_said(ann: Emo, world: World) -> None:
    """Whoever pipes the names on gets those that are there."""
    ids = [world.store(DATA, name) for name in "abc"]
    world.failures["DownloadAsset"] = [
        Failure(after=len(DATA) + 1),
        Failure(grpc.StatusCode.PERMISSION_DENIED, "ADMIN_REQUIRED", "not you"),
        Failure(grpc.StatusCode.PERMISSION_DENIED, "ADMIN_REQUIRED", "not you"),
    ]
    done = ann("download", *ids)
    assert (done.exit_code, done.stderr) == (3, "emo: not you\n")
    assert done.stdout in {"a\n", "b\n", "c\n"}


def test_two_of_one_name_do_not_overwrite_each_other(ann: Emo, world: World, tmp_path: Path) -> None:
    """--force is for what was there before."""
    ids = [world.store(DATA[:size], "same.bin") for size in (5, 6)]
    world.assets[ids[1]].asset.create_time.FromSeconds(1)
    (tmp_path / "same.bin").write_bytes(b"old")
    done = ann("download", "--force", *ids)
    assert (done.exit_code, done.stdout) == (0, f"same.bin\nsame ({ids[1][:8]}).bin\n")
    assert (tmp_path / "same.bin").read_bytes() == DATA[:5]
    assert (tmp_path / f"same ({ids[1][:8]}).bin").read_bytes() == DATA[:6]


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_folder_that_is_not_there(ann: Emo, world: World, force: tuple[str, ...]) -> None:
    """Is named as it was typed."""
    done = ann("download", world.store(DATA), "-o", "/nodir/x", *force)
    assert (done.exit_code, done.stderr) == (10, "emo: /nodir/x: No such file or directory\n")


def test_no_bytes_are_no_range(ann: Emo, world: World) -> None:
    """A length of 0 is refused, where the contract has it for all to the end, which is what no length means."""
    asset_id = world.store(DATA)
    done = ann("download", asset_id, "--length", "0", "-o", "-")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("emo: invalid value for '--length'")
    assert ann("download", asset_id, "--offset", "200000", "-o", "-").stdout_bytes == DATA[200_000:]
    assert ann("download", asset_id, "--offset", "7", "--length", "1", "-o", "-").stdout_bytes == DATA[7:8]
