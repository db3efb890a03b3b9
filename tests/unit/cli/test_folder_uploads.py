"""`emo upload` of whole folders."""

import asyncio
import json
import os
import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from emo_grpc.cli.assets.folder_names import TOO_DEEP, TOO_LONG
from emo_grpc.cli.assets.side_by_side import SMALL_AT_ONCE, SMALL_BYTES, side_by_side
from emo_grpc.cli.assets.uploads.journal_file import NAME
from emo_grpc.client.transfers.sources import FileSource
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World

DATA = os.urandom(4_000_001)


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    """Two photos of one name, and a third one."""
    folder = tmp_path / "trip"
    for name in ("a.jpg", "day 1/IMG_0009.jpg", "day 2/IMG_0009.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def places(world: World) -> list[str]:
    return sorted(f"{kept.asset.folder}: {kept.asset.file.name}" for kept in world.assets.values())


TREE = ["trip/day 1: IMG_0009.jpg", "trip/day 2: IMG_0009.jpg", "trip: a.jpg"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("trip",), TREE),
        (("trip/",), TREE),
        (("./trip",), TREE),
        (("trip/day 1/..",), ["day 1: IMG_0009.jpg", "day 2: IMG_0009.jpg", ": a.jpg"]),
        (("trip", "--into", "Photos/2026/"), [f"Photos/2026/{each}" for each in TREE]),
        (("trip", "--into", "/"), TREE),
        (("trip", "--flat"), [": IMG_0009.jpg", ": IMG_0009.jpg", ": a.jpg"]),
        (("trip", "--flat", "--into", "x"), ["x: IMG_0009.jpg", "x: IMG_0009.jpg", "x: a.jpg"]),
        (("trip/a.jpg",), [": a.jpg"]),
        (("trip/a.jpg", "--into", "//x//y"), ["x/y: a.jpg"]),
    ],
)
def test_a_tree_keeps_its_folders(
    ann: Emo, world: World, trip: Path, arguments: tuple[str, ...], found: list[str]
) -> None:
    """As `cp -r` makes them, with or without a slash; a folder without a name brings only what is in it."""
    del trip
    done = ann("upload", "-r", *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    assert places(world) == sorted(found)


def test_this_folder_has_no_name(ann: Emo, world: World, trip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files go to the top."""
    monkeypatch.chdir(trip)
    assert ann("upload", "-r", "./").exit_code == 0
    assert places(world) == [": a.jpg", "day 1: IMG_0009.jpg", "day 2: IMG_0009.jpg"]


def test_a_folder_is_told_from_the_top(ann: Emo, world: World, trip: Path) -> None:
    """Nothing is sent into one that can't be."""
    refused = ann("upload", "-r", str(trip), "--into", "../x")
    assert (refused.exit_code, refused.stdout, world.assets) == (2, "", {})
    assert "without . or .." in refused.stderr


def test_names_that_a_folder_can_not_have_are_changed_and_told(ann: Emo, world: World, tmp_path: Path) -> None:
    """Once for each folder; form NFC is nothing to be told of, nor is anything that people write."""
    odd = os.fsdecode(b"no\xfftext")
    for name in ("two\nlines", "a\x1b]0;x\x07b", odd, unicodedata.normalize("NFD", "cafè"), "🏖️ sea", "-rf", "x" * 255):
        (tmp_path / "in" / name).mkdir(parents=True)
        for file in ("1", "2"):
            (tmp_path / "in" / name / file).write_text(f"{name}{file}", errors="surrogateescape")
    done = ann("upload", "-r", "in")
    assert done.exit_code == 0
    assert sorted({kept.asset.folder for kept in world.assets.values()}) == sorted(
        [
            "in/two\ufffdlines",
            "in/a\ufffd]0;x\ufffdb",
            "in/no\ufffdtext",
            "in/cafè",
            "in/🏖️ sea",
            "in/-rf",
            f"in/{'x' * 255}",
        ]
    )
    assert done.stderr.count("what is no text in its name is not kept") == len(done.stderr.splitlines()) == 3
    assert "\x1b" not in done.stderr + done.stdout


def test_what_is_too_long_is_told_and_the_rest_is_sent(ann: Emo, world: World, trip: Path) -> None:
    """A folder of the vault has at most 1,024 bytes; --flat needs none."""
    deep = trip.joinpath(*["d" * 250] * 4)
    deep.mkdir(parents=True)
    (deep / "fits.txt").write_text("fits")
    (deep / "ef").mkdir()
    (deep / ("e" * 20)).mkdir()
    (deep / ("e" * 20) / "deep.txt").write_text("deep")
    done = ann("upload", "-r", "trip")
    assert done.exit_code == 10
    (left,) = done.stderr.splitlines()
    assert left.endswith(f"/deep.txt: {TOO_LONG}; --flat and --into choose another")
    assert len(world.assets) == 4
    assert ann("upload", "-r", "trip", "--flat").exit_code == 0
    assert len(world.assets) == 5


@pytest.mark.parametrize(
    "arguments", [("upload", "-r", "in"), ("sync", "in", "--up"), ("import", "in", "--into", "in")]
)
def test_what_lies_too_deep_is_told_and_the_rest_is_sent(
    ann: Emo, world: World, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A folder of the vault has at most 64 names, whichever way a file takes; what lies deeper stops nothing else."""
    for depth in (64, 65, 500):
        folder = tmp_path.joinpath("in", *["d"] * (depth - 1))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{depth}.txt").write_text(str(depth))
    done = ann(*arguments)
    assert done.exit_code == 10
    left = [line for line in done.stderr.splitlines() if "/d/" in line]
    assert sorted(line.partition(f": {TOO_DEEP}")[0].rpartition("/")[2] for line in left) == ["500.txt", "65.txt"]
    assert [kept.asset.folder for kept in world.assets.values()] == ["in" + "/d" * 63]


def test_a_dry_run_sends_nothing(ann: Emo, world: World, trip: Path) -> None:
    """It says of each file what would become of it, as the command itself then does."""
    assert ann("upload", "-r", "trip/day 1", "--into", "trip").exit_code == 0
    (there,) = world.assets
    world.calls.clear()
    shown = ann("upload", "-r", "trip", "--dry-run")
    assert (shown.exit_code, shown.stderr) == (
        0,
        "emo: 1 of 3 files were there; --again uploads them once more\n",
    )
    assert [line.split("\t")[1:] for line in shown.stdout.splitlines()] == [
        ["trip/a.jpg", "new", "5"],
        ["trip/day 1/IMG_0009.jpg", "there", "18"],
        ["trip/day 2/IMG_0009.jpg", "new", "18"],
    ]
    assert set(world.calls) <= {"GetAsset", "GetMe"}
    assert list(world.assets) == [there]
    done = ann("upload", "-r", "trip")
    assert [line.split("\t")[1:] for line in done.stdout.splitlines()] == [
        line.split("\t")[1:] for line in shown.stdout.splitlines()
    ]
    del trip


def test_a_person_is_shown_a_table_and_a_sum(terminal: Terminal, world: World, trip: Path) -> None:
    """Of a rehearsal each file with its folder; of an upload one line for all of them."""
    del trip
    exit_code, shown = terminal.run("upload", "-r", "trip", "--dry-run")
    assert exit_code == 0
    assert "Folder" in shown
    assert "trip/day 2" in shown
    assert "Nothing was sent. 3 files: 3 new; 41 B new." in shown
    assert not world.assets
    exit_code, shown = terminal.run("upload", "-r", "trip")
    assert exit_code == 0
    assert "3 files: 3 new; 41 B new." in shown
    assert "of 3 files" in shown
    _, shown = terminal.run("upload", "-r", "trip")
    assert "3 files: 3 there; 0 B new." in shown


def test_an_upload_that_goes_on_follows_to_another_folder(ann: Emo, world: World, tmp_path: Path) -> None:
    """What was broken off goes on as the same asset, where the last command wants it."""
    (tmp_path / "beach.mp4").write_bytes(DATA)
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, "UPLOAD_SUPERSEDED", after=3_500_000)]
    assert ann("upload", "beach.mp4", "--into", "first").exit_code == 5
    assert ann("upload", "beach.mp4", "--into", "second").exit_code == 0
    assert places(world) == ["second: beach.mp4"]
    assert world.offsets == [0, 3_000_000]


def test_a_file_that_is_there_stays_in_its_folder(ann: Emo, world: World, trip: Path) -> None:
    """It is not sent twice for that; one line tells."""
    del trip
    assert ann("upload", "trip/a.jpg").exit_code == 0
    (asset_id,) = world.assets
    again = ann("upload", "trip/a.jpg", "--into", "x")
    assert (again.exit_code, places(world)) == (0, [": a.jpg"])
    assert (
        again.stderr == f"emo: asset {asset_id} stays in no folder, whatever folder is named now;"
        " emo edit --into moves it, --again uploads it once more\n"
    )
    assert ann("upload", "trip/a.jpg").stderr == ""


def test_a_journal_of_an_earlier_release_goes_on(ann: Emo, world: World, trip: Path, config: Path) -> None:
    """It knows of no folders; what it has sent, lies at the top."""
    del trip
    assert ann("upload", "trip/a.jpg").exit_code == 0
    with closing(sqlite3.connect(config / NAME, isolation_level=None)) as journal:
        journal.execute("ALTER TABLE uploads DROP COLUMN folder")
    again = ann("upload", "trip/a.jpg")
    assert (again.exit_code, again.stderr, len(world.assets)) == (0, "", 1)
    assert again.stdout.split("\t")[2] == "there"


def test_what_is_in_the_trash_is_uploaded_again(ann: Emo, world: World, trip: Path) -> None:
    """It is no file that is there."""
    del trip
    assert ann("upload", "trip/a.jpg").exit_code == 0
    (kept,) = world.assets.values()
    kept.asset.delete_time.GetCurrentTime()
    assert ann("upload", "trip/a.jpg").stdout.split("\t")[2] == "new"
    assert len(world.assets) == 2


def test_a_file_that_is_named_twice_is_sent_once(ann: Emo, world: World, trip: Path) -> None:
    """Although several are sent at once."""
    del trip
    done = ann("upload", "-r", "trip/a.jpg", "trip", "trip/a.jpg")
    assert [line.split("\t")[2] for line in done.stdout.splitlines()].count("new") == 3
    assert len(world.assets) == 3


def test_a_file_that_changes_while_it_is_sent_does_not_keep_the_rest(
    ann: Emo, world: World, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the same command sends it as it is by then."""
    del trip
    looks = FileSource._is_unchanged

    def changes(source: FileSource) -> bool:
        return source._path.name != "a.jpg" and looks(source)

    with monkeypatch.context() as patch:
        patch.setattr(FileSource, "_is_unchanged", changes)
        done = ann("upload", "-r", "trip")
    assert done.exit_code == 5
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == ["failed", "new", "new"]
    assert done.stderr == "emo: trip/a.jpg: trip/a.jpg changed while it was uploaded\n"
    again = ann("upload", "-r", "trip")
    assert [line.split("\t")[2] for line in again.stdout.splitlines()] == ["new", "there", "there"]
    assert sum(kept.complete for kept in world.assets.values()) == 3


def test_a_new_asset_is_not_asked_how_far_it_is(ann: Emo, world: World, trip: Path) -> None:
    """Two calls for each file are all that a folder costs."""
    del trip
    assert ann("upload", "-r", "trip").exit_code == 0
    assert sorted(world.calls[1:]) == 3 * ["CreateAsset"] + 3 * ["UploadAsset"]


async def test_small_files_go_side_by_side_and_large_ones_one_by_one() -> None:
    """Each is done once, and the first error is raised when all that had begun has ended."""
    running, most, done = {True: 0, False: 0}, {True: 0, False: 0}, list[int]()

    async def work(size: int) -> None:
        is_small = size < SMALL_BYTES
        running[is_small] += 1
        most[is_small] = max(most[is_small], running[is_small])
        for _ in range(5):
            await asyncio.sleep(0)
        running[is_small] -= 1
        done.append(size)

    sizes = [*range(50), *range(SMALL_BYTES, SMALL_BYTES + 5)]
    await side_by_side(sizes, work, lambda size: size)
    assert sorted(done) == sizes
    assert (most[True], most[False]) == (SMALL_AT_ONCE, 1)


async def test_an_error_lets_end_what_has_begun() -> None:
    """And begins nothing more."""
    ended = list[int]()

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        if number == 3:
            raise ValueError(number)
        await asyncio.sleep(0)
        ended.append(number)

    with pytest.raises(ValueError, match="3"):
        await side_by_side(range(100), work, lambda _: 0)
    assert sorted(ended) == [0, 1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize("rehearsed", [False, True])
def test_what_was_moved_in_the_vault_is_there(
    ann: Emo, terminal: Terminal, world: World, trip: Path, *, rehearsed: bool
) -> None:
    """It is not sent again, and said to be where it is now, whatever this machine remembers of it."""
    del trip
    assert ann("upload", "-r", "trip").exit_code == 0
    before = len(world.assets)
    for kept in world.assets.values():
        kept.asset.folder = kept.asset.folder.replace("trip", "Family/trip")
    more = ("--dry-run",) if rehearsed else ()
    told = json.loads(ann("upload", "-r", "trip", "--json", *more).stdout)
    assert [(each["outcome"], each["folder"]) for each in told] == [
        ("there", f"Family/{Path(each['path']).parent}") for each in told
    ]
    assert len(world.assets) == before
    if not rehearsed:
        stderr = ann("upload", "-r", "trip").stderr
        assert "3 assets stay in other folders, whatever folder is named now" in stderr
        assert "(there, in Family/trip/day 1)" in terminal.run("upload", "-r", "trip")[1]
        assert "(there, in Family/trip; --again" in terminal.run("upload", "trip/a.jpg", "--into", "trip")[1]


def test_a_link_is_a_file_of_its_own(ann: Emo, world: World, trip: Path, tmp_path: Path) -> None:
    """By its own name and in its own folder, whether what it leads to is sent or not; it is said how many there are."""
    (tmp_path / "elsewhere.jpg").write_text("far")
    (trip / "best.jpg").symlink_to("day 1/IMG_0009.jpg")
    (trip / "day 1" / "far.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    done = ann("upload", "-r", "trip")
    assert done.exit_code == 0
    assert done.stderr == "emo: 2 links to files: each is sent as a file of its own, with what it leads to\n"
    assert places(world) == sorted([*TREE, "trip: best.jpg", "trip/day 1: far.jpg"])
    again = ann("upload", "-r", "trip").stdout.splitlines()
    assert {line.split("\t")[2] for line in again} == {"there"}
    linked = [kept for kept in world.assets.values() if kept.asset.file.name in ("best.jpg", "far.jpg")]
    assert {bytes(kept.received) for kept in linked} == {b"day 1/IMG_0009.jpg", b"far"}
    (trip / "all").symlink_to(tmp_path)
    (trip / ".hidden").touch()
    synced = ann("sync", "trip", "--up", "--dry-run")
    assert (synced.exit_code, synced.stdout) == (0, "")
    assert synced.stderr.startswith("emo: 1 left out: a link to a folder\nemo: 2 links to files")


def test_ids_give_way_to_paths(terminal: Terminal, world: World, trip: Path) -> None:
    """On a narrow terminal each file has one line, with as much of its id as commands take."""
    del trip
    shown = terminal.run("upload", "-r", "trip", columns=50)[1].splitlines()
    lines = [line for line in shown if "IMG_0009" in line and "━" not in line]
    assert {line.split()[0] for line in lines} <= {asset_id[:8] for asset_id in world.assets}
    assert max(map(len, lines)) <= 50
