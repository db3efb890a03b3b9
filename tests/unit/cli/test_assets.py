"""Assets, from the command line."""

import json
import os
from pathlib import Path

import grpc
import pytest

from emo.assets.v1 import assets_pb2
from emo_grpc.cli.assets.side_by_side import SMALL_AT_ONCE
from unit.cli.conftest import Emo
from unit.client.fake_server import PART_BYTES, Failure, World

DATA = os.urandom(4_000_001)


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    path = tmp_path / "beach.mp4"
    path.write_bytes(DATA)
    return path


def uploaded(world: World) -> list[assets_pb2.Asset]:
    return [stored.asset for stored in world.assets.values()]


def test_upload_tells_the_id_of_each_file(ann: Emo, world: World, beach: Path) -> None:
    """A line of id, path, what became of it and bytes for each file, ready for other programs."""
    done = ann(
        *("upload", "beach.mp4", "--tag", "sea", "--tag", "sun", "--person", "Bob", "--date", "2026-07-01"),
        *("--location", "Nice", "--description", "hot", "--bookmark", "--private", "--title", "Our day"),
    )
    assert (done.exit_code, done.stderr) == (0, "")
    (asset,) = uploaded(world)
    assert done.stdout == f"{asset.asset_id}\t{beach.name}\tnew\t{len(DATA)}\n"
    assert bytes(world.assets[asset.asset_id].received) == DATA
    assert (asset.title, list(asset.tags), list(asset.people)) == ("Our day", ["sea", "sun"], ["Bob"])
    assert (asset.location, asset.description, asset.bookmarked, asset.extra_private) == ("Nice", "hot", True, True)
    assert asset.event_date.ToDatetime().year == 2026


def test_an_upload_that_was_broken_off_goes_on_with_the_same_asset(ann: Emo, world: World, beach: Path) -> None:
    """Running the same command again sends only the rest."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, "UPLOAD_SUPERSEDED", after=3_500_000)]
    assert ann("upload", str(beach)).exit_code == 5
    done = ann("upload", "beach.mp4")
    assert done.exit_code == 0
    (asset,) = uploaded(world)
    assert bytes(world.assets[asset.asset_id].received) == DATA
    assert world.offsets == [0, 2 * PART_BYTES]


def test_another_upload_of_a_file_goes_on_after_an_interruption(ann: Emo, world: World, beach: Path) -> None:
    """`--again` makes one asset more, not one more for each time it is run until it is done."""
    assert ann("upload", str(beach)).exit_code == 0
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, "UPLOAD_SUPERSEDED", after=3_500_000)]
    assert ann("upload", "--again", str(beach)).exit_code == 5
    assert ann("upload", "--again", str(beach)).exit_code == 0
    assert [bytes(stored.received) == DATA for stored in world.assets.values()] == [True, True]


def test_a_server_that_stays_away_keeps_what_it_has(
    ann: Emo, world: World, beach: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last word says so, and the same command goes on."""
    monkeypatch.setattr("random.uniform", lambda _low, _high: 0.0)
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.UNAVAILABLE) for _ in range(50)]
    done = ann("upload", str(beach))
    assert done.exit_code == 8
    assert done.stderr.endswith("; what was sent is kept, and the same command goes on with it\n")
    world.failures.clear()
    assert ann("upload", str(beach)).exit_code == 0
    assert len(world.assets) == 1


def test_a_date_that_is_none(ann: Emo, beach: Path) -> None:
    """A sentence with an example, and no codes of a programming language."""
    done = ann("upload", str(beach), "--date", "yesterday")
    assert done.exit_code == 2
    assert "'yesterday' is no date" in done.stderr
    assert "%" not in done.stderr


def test_a_create_whose_answer_was_lost_makes_no_second_asset(ann: Emo, world: World, beach: Path) -> None:
    """The request id is kept from the first run to the next."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED)]
    world.failures["CreateAsset"] = [Failure(grpc.StatusCode.INTERNAL)]
    assert ann("upload", str(beach)).exit_code == 1
    assert ann("upload", str(beach)).exit_code == 5
    assert ann("upload", str(beach)).exit_code == 0
    assert len(world.assets) == len(world.request_ids) == 1


def test_a_file_that_was_uploaded_is_left_out(ann: Emo, world: World, beach: Path) -> None:
    """Unless it has changed, or is asked for once more."""
    first = ann("upload", "beach.mp4", "--json")
    (told,) = json.loads(first.stdout)
    assert told == {
        **{"path": "beach.mp4", "asset_id": told["asset_id"], "size_bytes": len(DATA)},
        **{"outcome": "new", "folder": ""},
    }
    again = json.loads(ann("upload", "beach.mp4", "--json").stdout)
    assert again == [{**told, "outcome": "there"}]
    assert len(world.assets) == 1
    assert ann("upload", "beach.mp4", "--again").exit_code == 0
    assert len(world.assets) == 2
    beach.write_bytes(b"changed")
    assert ann("upload", "beach.mp4").exit_code == 0
    assert len(world.assets) == 3


@pytest.mark.parametrize("option", [("--tag", "sea"), ("--bookmark",), ("--content-type", "video/ogg")])
def test_what_does_not_describe_an_uploaded_file_any_more_is_said(
    ann: Emo, world: World, beach: Path, option: tuple[str, ...]
) -> None:
    """Who gives a tag to a file that is there already learns that it has none, and how it gets one."""
    assert ann("upload", str(beach)).exit_code == 0
    (asset,) = uploaded(world)
    again = ann("upload", str(beach), *option)
    assert (again.exit_code, again.stdout) == (0, f"{asset.asset_id}\t{beach}\tthere\t{len(DATA)}\n")
    assert again.stderr.startswith(f"emo: asset {asset.asset_id} stays as described by an earlier run")
    assert "emo edit" in again.stderr
    assert ann("upload", str(beach)).stderr == ann("upload", str(beach), "--again", *option).stderr == ""


def test_a_file_that_is_there_is_asked_for_once(ann: Emo, world: World, beach: Path) -> None:
    """Whatever is said of it this time: a large folder that is sent again costs one call for each file."""
    assert ann("upload", str(beach)).exit_code == 0
    world.calls.clear()
    assert "stays as described" in ann("upload", str(beach), "--tag", "sea", "--title", "Beach").stderr
    assert world.calls.count("GetAsset") == 1


@pytest.mark.parametrize("other", [("--tag", "sea"), ("--tag", "rain", "--tag", "sea", "--title", "Other")])
def test_the_same_description_again_is_no_news(ann: Emo, beach: Path, other: tuple[str, ...]) -> None:
    """Only who says something else than before is told that it does not count."""
    same = ("--tag", "sea", "--tag", "rain", "--title", "Beach", "--content-type", "video/mp4")
    assert ann("upload", str(beach), *same).exit_code == 0
    assert ann("upload", str(beach), *same).stderr == ""
    assert ann("upload", str(beach), "--tag", "rain", "--tag", "sea").stderr == ""
    assert "stays as described" in ann("upload", str(beach), *other).stderr


def test_the_same_command_again_just_goes_on(ann: Emo, world: World, beach: Path) -> None:
    """An upload that goes on says nothing of its options; of many files that are there, one line tells."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, after=3_500_000)]
    assert ann("upload", str(beach), "--tag", "sea").exit_code == 5
    going_on = ann("upload", str(beach), "--tag", "sea")
    assert (going_on.exit_code, going_on.stderr) == (0, "")
    Path("b.txt").write_bytes(b"b")
    assert ann("upload", "b.txt").exit_code == 0
    again = ann("upload", str(beach), "b.txt", "--tag", "rain")
    first, second = again.stderr.splitlines()
    assert first.startswith("emo: 2 assets stay as described by an earlier run")
    assert second == "emo: 2 of 2 files were there; --again uploads them once more"


def test_a_file_whose_asset_was_destroyed_is_uploaded_again(ann: Emo, world: World, beach: Path) -> None:
    """What this machine remembers does not outlive the asset."""
    assert ann("upload", str(beach)).exit_code == 0
    world.assets.clear()
    assert ann("upload", str(beach)).exit_code == 0
    assert len(world.assets) == 1


def test_other_options_after_a_lost_create_are_another_request(ann: Emo, world: World, beach: Path) -> None:
    """The server refuses the old request id, so a new one is taken."""
    world.failures["CreateAsset"] = [
        Failure(grpc.StatusCode.INTERNAL),
        Failure(grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"),
    ]
    assert ann("upload", str(beach)).exit_code == 1
    assert ann("upload", str(beach), "--title", "New").exit_code == 0
    assert [asset.title for asset in uploaded(world)] == ["New"]


def test_a_changed_file_begins_anew_and_says_what_is_left(ann: Emo, world: World, beach: Path) -> None:
    """The unfinished asset of the earlier version is named."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, after=3_500_000)]
    assert ann("upload", str(beach)).exit_code == 5
    (left,) = world.assets
    beach.write_bytes(b"new")
    done = ann("upload", str(beach))
    assert done.exit_code == 0
    assert f"emo rm {left}" in done.stderr


def test_folders_are_uploaded_with_what_is_in_them(ann: Emo, world: World, tmp_path: Path) -> None:
    """Hidden files are left out; without -r a folder is refused."""
    folder = tmp_path / "trip"
    (folder / "day 2").mkdir(parents=True)
    for name in ("a.jpg", "day 2/b.txt", ".hidden"):
        (folder / name).write_text(name)
    assert ann("upload", "trip").exit_code == 2
    assert ann("upload", "-r", "trip", "--title", "x").exit_code == 2
    assert ann("upload", "-r", "trip").exit_code == 0
    assert sorted((asset.folder, asset.title, asset.file.content_type) for asset in uploaded(world)) == [
        ("trip", "a", "image/jpeg"),
        ("trip/day 2", "b", "text/plain"),
    ]


def test_what_is_left_out_of_a_folder_is_said(ann: Emo, tmp_path: Path) -> None:
    """How many entries that nobody means, and the names of those that somebody may miss."""
    folder = tmp_path / "trip"
    (folder / ".git").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "linked.txt").symlink_to("a.txt")
    (folder / "elsewhere").symlink_to(tmp_path)
    (folder / "broken").symlink_to("nowhere")
    (folder / ".hidden").touch()
    done = ann("upload", "-r", "trip")
    assert done.exit_code == 10
    assert sorted(line.split("\t")[2] for line in done.stdout.splitlines()) == ["failed", "new", "new"]
    assert done.stderr.splitlines() == [
        "emo: 3 left out: hidden, or a link to a folder",
        "emo: 1 link to a file: it is sent as a file of its own, with what it leads to",
        f"emo: {Path('trip/broken')}: a link to nothing",
    ]


def test_an_empty_folder_is_said_to_be_so(ann: Emo, world: World, tmp_path: Path) -> None:
    """There is nothing wrong about it."""
    (tmp_path / "trip").mkdir()
    done = ann("upload", "-r", "trip")
    assert (done.exit_code, done.stderr, world.assets) == (0, "emo: there is nothing to upload\n", {})


def test_one_bad_file_does_not_keep_the_others(ann: Emo, world: World, beach: Path, tmp_path: Path) -> None:
    """The rest is uploaded, and the exit code tells of the failure."""
    (tmp_path / "b.txt").write_text("b")
    world.failures["CreateAsset"] = [Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "bad title")]
    done = ann("upload", str(beach), "b.txt")
    assert done.exit_code == 6
    bad, good = sorted((line.split("\t") for line in done.stdout.splitlines()), key=lambda line: line[2])
    assert (bad[0], bad[2], good[2]) == ("", "failed", "new")
    assert done.stderr == f"emo: {bad[1]}: bad title\n"
    assert [asset.asset_id for asset in uploaded(world)] == [good[0]]


def test_a_full_quota_stops_all(ann: Emo, world: World, tmp_path: Path) -> None:
    """What holds for one file would hold for the next; those that are under way at the same time are told."""
    names = [f"{number}.txt" for number in range(3 * SMALL_AT_ONCE)]
    for name in names:
        (tmp_path / name).write_text(name)
    full = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", "full")
    world.failures["CreateAsset"] = [full] * len(names)
    assert ann("upload", *names).exit_code == 7
    assert 1 <= world.calls.count("CreateAsset") <= SMALL_AT_ONCE


def test_a_missing_file(ann: Emo, world: World) -> None:
    """Nothing is uploaded when a name is wrong."""
    done = ann("upload", "missing.mp4")
    assert (done.exit_code, done.stderr) == (10, "emo: missing.mp4: no such file\n")
    assert "CreateAsset" not in world.calls


def test_download(ann: Emo, world: World, tmp_path: Path) -> None:
    """By its own name, by another, or a range of it."""
    asset_id = world.store(DATA, "beach.mp4")
    assert ann("download", asset_id).stdout == "beach.mp4\n"
    assert (tmp_path / "beach.mp4").read_bytes() == DATA
    refused = ann("download", asset_id)
    assert (refused.exit_code, refused.stderr) == (5, "emo: beach.mp4 exists already; --force overwrites it\n")
    assert ann("download", asset_id, "--force").exit_code == 0
    assert ann("download", asset_id, "-o", "part", "--offset", "7", "--length", "5").exit_code == 0
    assert (tmp_path / "part").read_bytes() == DATA[7:12]


def test_download_to_standard_output(ann: Emo, world: World) -> None:
    """Just the bytes, for a pipe."""
    done = ann("download", world.store(DATA), "-o", "-")
    assert done.stdout_bytes == DATA


def test_a_download_that_was_broken_off_goes_on(ann: Emo, world: World, tmp_path: Path) -> None:
    """Running the same command again asks only for the rest."""
    asset_id = world.store(DATA)
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=1_000_000)]
    assert ann("download", asset_id, "-o", "copy").exit_code == 3
    assert ann("download", asset_id, "-o", "copy").exit_code == 0
    assert (tmp_path / "copy").read_bytes() == DATA
    assert world.offsets == [0, 1_000_000]


def test_list(ann: Emo, world: World) -> None:
    """Lines of values for programs, as JSON if asked, narrowed by tags."""
    ids = [world.store(DATA[:1500], f"file{number}") for number in range(3)]
    world.assets[ids[1]].asset.tags.append("sea")
    world.assets[ids[1]].asset.bookmarked = True
    lines = ann("ls").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ids
    assert lines[0].split("\t")[1:4] == ["file0", "", "1500"]
    assert [found["asset_id"] for found in json.loads(ann("ls", "--json", "--tag", "sea").stdout)] == [ids[1]]


def test_list_says_when_there_is_more(ann: Emo, world: World) -> None:
    """Up to --limit, or all of it, page after page."""
    ids = [world.store(b"") for _ in range(5)]
    done = ann("ls", "--limit", "3")
    assert len(done.stdout.splitlines()) == 3
    assert "--all" in done.stderr
    assert ann("ls", "--limit", "5").stderr == ""
    assert len(ann("ls", "--all", "--limit", "1").stdout.splitlines()) == len(ids)


def test_list_names_what_can_t_be_shown(ann: Emo, world: World) -> None:
    """An asset whose record is damaged on the server is told of beside the others, once."""
    ids = [world.store(b"") for _ in range(3)]
    world.unreadable = ["6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"]
    done = ann("ls", "--limit", "2")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ids[:2]
    first, more = done.stderr.splitlines()
    assert first.startswith(f"emo: {world.unreadable[0]} can't be shown")
    assert "--all" in more


def test_text_of_others_plays_no_tricks(ann: Emo, world: World) -> None:
    """Control characters do not reach the terminal."""
    asset_id = world.store(b"")
    world.assets[asset_id].asset.title = "a\x1b[31mb\tc"
    assert "\x1b" not in ann("ls").stdout
    assert len(ann("ls").stdout.splitlines()[0].split("\t")) == 9


def test_show(ann: Emo, world: World) -> None:
    """Everything that is set, as facts or JSON."""
    asset_id = world.store(DATA, "beach.mp4")
    facts = dict(line.split("\t") for line in ann("show", asset_id).stdout.splitlines())
    assert facts["file"] == "beach.mp4"
    assert facts["size"] == "4000001"
    assert json.loads(ann("show", asset_id, "--json").stdout)["file"]["size_bytes"] == 4000001


def test_edit(ann: Emo, world: World) -> None:
    """Only what is given changes."""
    asset_id = world.store(b"", "a.txt")
    asset = world.assets[asset_id].asset
    asset.tags.extend(["sea", "rain"])
    assert (
        ann("edit", asset_id, "--title", "New", "--name", "b.txt", "--bookmark", "--date", "2026-01-02").exit_code == 0
    )
    assert (asset.title, asset.file.name, asset.bookmarked, list(asset.tags)) == ("New", "b.txt", True, ["sea", "rain"])
    assert ann("edit", asset_id, "--add-tag", "sun", "--remove-tag", "rain").exit_code == 0
    assert list(asset.tags) == ["sea", "sun"]
    assert ann("edit", asset_id, "--tag", "x", "--person", "Bob").exit_code == 0
    assert (list(asset.tags), list(asset.people)) == (["x"], ["Bob"])


def test_edit_of_nothing_is_wrong_usage(ann: Emo, world: World) -> None:
    """So are two ways to set tags at once."""
    asset_id = world.store(b"")
    assert ann("edit", asset_id).exit_code == 2
    assert ann("edit", asset_id, "--tag", "a", "--add-tag", "b").exit_code == 2


def test_remove(ann: Emo, world: World) -> None:
    """Never without a yes."""
    ids = [world.store(b"") for _ in range(2)]
    assert ann("rm", *ids).exit_code == 2
    assert len(world.assets) == 2
    assert ann("rm", "--yes", *ids).exit_code == 0
    assert world.assets == {}
    assert ann("rm", "--yes", ids[0]).exit_code == 4


def test_stats(ann: Emo, world: World) -> None:
    """Kinds, all, and what is used of the quota."""
    world.store(DATA)
    lines = [line.split("\t") for line in ann("stats").stdout.splitlines()]
    assert lines == [
        ["other", "1", "4000001"],
        ["all", "1", "4000001"],
        ["used", "4000001", "1000000000"],
        ["trash", "0", "0"],
    ]
    assert json.loads(ann("stats", "--json").stdout)["total_count"] == 1


def test_cancel(ann: Emo, world: World) -> None:
    """What was received is dropped; how to drop the asset, too, is told."""
    asset_id = world.store(DATA)
    assert f"The asset stays; `emo rm {asset_id}`" in ann("cancel", asset_id).output
    assert world.assets[asset_id].received == b""


def test_a_whole_id_is_looked_for_in_no_list(ann: Emo, world: World) -> None:
    """Only the beginning of one needs all others, and there may be a million."""
    asset_id = world.store(b"x")
    assert ann("show", asset_id).exit_code == 0
    assert "ListAssets" not in world.calls
    assert ann("show", asset_id[:-1]).exit_code == 0
    assert "ListAssets" in world.calls


def test_how_many_files_of_a_folder_were_there_is_said(ann: Emo, tmp_path: Path) -> None:
    """In a pipe, too, whose lines look like those of files that were sent; JSON says it of each."""
    folder = tmp_path / "trip"
    folder.mkdir()
    for name in "abc":
        (folder / name).write_text(name)
    first = ann("upload", "-r", "trip")
    assert (first.exit_code, first.stderr) == (0, "")
    (folder / "d").write_text("d")
    again = ann("upload", "-r", "trip")
    assert (again.exit_code, len(again.stdout.splitlines())) == (0, 4)
    assert [line.split("\t")[2] for line in again.stdout.splitlines()] == ["there", "there", "there", "new"]
    assert again.stderr == "emo: 3 of 4 files were there; --again uploads them once more\n"
    assert ann("upload", "-r", "trip", "--json").stderr == ""


@pytest.mark.parametrize(("yes", "no"), [("--bookmarked", "--not-bookmarked"), ("--bookmark", "--no-bookmark")])
def test_a_bookmark_has_the_word_of_the_contract(ann: Emo, world: World, beach: Path, yes: str, no: str) -> None:
    """And the one of earlier releases still does, but is not shown."""
    asset_id = ann("upload", str(beach), yes).stdout.split("\t")[0]
    assert world.assets[asset_id].asset.bookmarked
    assert "bookmarked\tyes" in ann("show", asset_id).stdout
    assert "\tbookmarked\t" in ann("ls").stdout
    assert ann("edit", asset_id, no).exit_code == 0
    assert not world.assets[asset_id].asset.bookmarked
    assert ann("edit", asset_id, yes).exit_code == 0
    assert world.assets[asset_id].asset.bookmarked
    assert "--no-bookmark" not in ann("edit", "--help").stdout
