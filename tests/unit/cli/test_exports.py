"""`emo export`, and `emo import` of what it has made."""

import json
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import google_crc32c
import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

DATA = b"cake" * 500_000
Read = Callable[[], dict[str, bytes]]


def full(world: World) -> pb.Asset:
    """An asset of which everything is said."""
    asset_id = world.store(DATA, "IMG_0009.jpg")
    asset = world.assets[asset_id].asset
    asset.MergeFrom(
        pb.Asset(
            description="Grandma's birthday\nand the cake 🎂",
            tags=["family", "cake"],
            people=["Ann"],
            location="Girona",
            bookmarked=True,
            extra_private=True,
            owner_ids=["0191e3a0-0000-7000-8000-000000000001"],
            etag="abc",
            folder="Holidays/1994",
            event_precision=pb.DATE_PRECISION_DAY,
            event_zone="Europe/Madrid",
        )
    )
    asset.file.content_type = "image/jpeg"
    for time in (asset.event_date, asset.create_time, asset.update_time):
        time.FromDatetime(datetime(1994, 5, 6, tzinfo=UTC))
    return asset


def files_of(path: Path) -> dict[str, bytes]:
    """All files of an export, by their names in it, read without any code of ours."""
    if path.is_dir():
        return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def records_of(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["assets.jsonl"].splitlines()]


def said_of(asset: pb.Asset) -> pb.Asset:
    """What its owner has said, without what the server sets."""
    said = pb.Asset()
    said.CopyFrom(asset)
    for name in ("asset_id", "owner_ids", "create_time", "update_time", "etag", "state"):
        said.ClearField(name)
    said.file.ClearField("crc32c")
    return said


@pytest.fixture(params=["out", "out.zip"])
def target(request: pytest.FixtureRequest) -> str:
    """A folder, and an archive."""
    return str(request.param)


def test_an_export_holds_all_and_needs_no_emo(ann: Emo, world: World, tmp_path: Path, target: str) -> None:
    """Each file is in its folder under its name, and each field of each asset in a line of plain JSON beside them."""
    asset = full(world)
    empty = world.store(b"", "letter.txt")
    done = ann("export", "--to", target)
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{target}\n", "")
    files = files_of(tmp_path / target)
    assert files["files/Holidays/1994/IMG_0009.jpg"] == DATA
    assert files["files/letter.txt"] == b""
    records = {each["asset"]["asset_id"]: each for each in records_of(files)}
    assert records.keys() == {asset.asset_id, empty}
    record = records[asset.asset_id]
    assert record["path"] == "files/Holidays/1994/IMG_0009.jpg"
    of_trash = {"delete_time", "purge_time"}
    assert record["asset"].keys() | of_trash >= {field.name for field in pb.Asset.DESCRIPTOR.fields}
    assert record["asset"]["file"]["crc32c"] == asset.file.crc32c
    assert record["asset"]["description"] == "Grandma's birthday\nand the cake 🎂"
    manifest = json.loads(files["manifest.json"])
    assert (manifest["format"], manifest["version"], manifest["is_complete"]) == ("emo-export", 1, True)
    assert (manifest["asset_count"], manifest["file_count"], manifest["file_bytes"]) == (2, 2, len(DATA))


def test_a_part_can_be_exported(ann: Emo, world: World) -> None:
    """What narrows `emo ls` narrows an export, but for the words that mean something else here."""
    full(world)
    assert ann("export", "--to", "out.zip", "--tag", "family", "--folder", "/Holidays/", "-r").exit_code == 0
    assert world.lists[-1].filter == pb.AssetFilter(tags=["family"], folder="Holidays", folder_recursive=True)
    assert ann("export", "--to", "other.zip", "--pending").exit_code == 2


def test_the_trash_goes_along_when_asked(ann: Emo, world: World, tmp_path: Path, target: str) -> None:
    """In a folder of its own, with when it went there; an import leaves it out."""
    world.trash_lifetime = timedelta(days=30)
    full(world)
    thrown = full(world)
    assert ann("rm", thrown.asset_id, "--yes").exit_code == 0
    assert ann("export", "--to", "without.zip").exit_code == 0
    assert "trash/Holidays/1994/IMG_0009.jpg" not in files_of(tmp_path / "without.zip")
    assert ann("export", "--to", target, "--with-trash").exit_code == 0
    files = files_of(tmp_path / target)
    assert files["files/Holidays/1994/IMG_0009.jpg"] == files["trash/Holidays/1994/IMG_0009.jpg"] == DATA
    [record] = [each for each in records_of(files) if "delete_time" in each["asset"]]
    assert record["path"] == "trash/Holidays/1994/IMG_0009.jpg"
    world.assets.clear()
    brought = ann("import", target)
    assert (brought.exit_code, brought.stderr) == (0, "emo: 1 file was in the trash, and stays out\n")
    assert len(world.assets) == 1
    assert ann("export", "--to", "other.zip", "--with-trash", "--tag", "family").exit_code == 2


@pytest.mark.parametrize("limit", ["ZIP64_LIMIT", "ZIP_FILECOUNT_LIMIT"])
def test_an_archive_may_be_of_any_size(
    ann: Emo, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, limit: str
) -> None:
    """Beyond 4 GiB, or 65,535 files, it is a ZIP64 file, which is read as others are."""
    for number in range(3):
        world.store(DATA, f"{number}.jpg")
    world.store(DATA * 5, "large.jpg")
    with monkeypatch.context() as small:
        small.setattr(zipfile, limit, 2)
        assert ann("export", "--to", "out.zip").exit_code == 0
    assert b"PK\x06\x06" in (tmp_path / "out.zip").read_bytes()
    assert files_of(tmp_path / "out.zip")["files/large.jpg"] == DATA * 5
    assert ann("import", "out.zip").exit_code == 0


def test_only_its_maker_may_read_it(ann: Emo, world: World, tmp_path: Path) -> None:
    """What was encrypted lies in an export as it is, so nobody else on the machine gets it."""
    full(world)
    ann("export", "--to", "out")
    ann("export", "--to", "out.zip")
    folders = [path for path in (tmp_path / "out", *(tmp_path / "out").rglob("*")) if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600


def test_what_is_brought_back_is_what_was_there(ann: Emo, world: World, target: str) -> None:
    """An import of an export gives each asset its file, folder and all that was said of it; again, it does nothing."""
    asset = full(world)
    before = pb.Asset()
    before.CopyFrom(asset)
    full(world)  # one that is alike in everything
    world.store(b"", "letter.txt")
    ann("export", "--to", target)
    world.assets.clear()
    done = ann("import", target)
    assert done.exit_code == 0, done.stderr
    assert sorted(each.asset.file.name for each in world.assets.values()) == [
        "IMG_0009.jpg", "IMG_0009.jpg", "letter.txt",
    ]  # fmt: skip
    for stored in world.assets.values():
        assert stored.complete
        if stored.asset.file.name == "IMG_0009.jpg":
            assert bytes(stored.received) == DATA
            assert said_of(stored.asset) == said_of(before)
    again = ann("import", target)
    assert again.exit_code == 0
    assert {line.split("\t")[2] for line in again.stdout.splitlines()} == {"there"}
    assert len(world.assets) == 3


def test_an_export_to_a_folder_goes_on(ann: Emo, world: World, tmp_path: Path) -> None:
    """What is there and right is not fetched again, what is missing, changed or new is; a broken one says so."""
    world.store(b"first" * 9, "a.jpg")
    world.store(DATA, "b.jpg")
    world.failures["DownloadAsset"] = [Failure(after=10**9), Failure(grpc.StatusCode.PERMISSION_DENIED, "X", "not you")]
    broken = ann("export", "--to", "out")
    assert broken.exit_code == 3
    assert not json.loads((tmp_path / "out" / "manifest.json").read_bytes())["is_complete"]
    refused = ann("import", "out")
    assert (refused.exit_code, "was broken off" in refused.stderr) == (10, True)
    assert ann("export", "--to", "out").exit_code == 0
    fetched = world.calls.count("DownloadAsset")
    assert ann("export", "--to", "out").exit_code == 0
    assert world.calls.count("DownloadAsset") == fetched
    (tmp_path / "out" / "files" / "a.jpg").write_bytes(b"FIRST" * 9)
    (tmp_path / "out" / "files" / "b.jpg").unlink()
    world.store(b"new", "c.jpg")
    assert ann("export", "--to", "out").exit_code == 0
    assert world.calls.count("DownloadAsset") == fetched + 3
    files = files_of(tmp_path / "out")
    assert (files["files/a.jpg"], files["files/b.jpg"], files["files/c.jpg"]) == (b"first" * 9, DATA, b"new")
    assert not list((tmp_path / "out").rglob("*.part"))


def test_what_lies_there_of_a_file_is_not_believed(ann: Emo, world: World, tmp_path: Path) -> None:
    """A file that was broken off goes on where it was, and begins again if what is there is damaged."""
    world.store(DATA, "a.jpg")
    for damage in (b"", b"?"):
        refused = Failure(grpc.StatusCode.PERMISSION_DENIED, "X", "not you", after=1_000_000)
        world.failures["DownloadAsset"] = [refused]
        assert ann("export", "--to", "out").exit_code == 3
        [part] = (tmp_path / "out").rglob("*.jpg*.part")
        part.write_bytes(damage + part.read_bytes()[len(damage) :])
        world.calls.clear()
        assert ann("export", "--to", "out").exit_code == 0
        assert world.calls.count("DownloadAsset") == 1 + len(damage)
        (written,) = (tmp_path / "out" / "files").iterdir()
        assert written.read_bytes() == DATA
        written.unlink()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("", (1994, 5, 5, 22, 30, 0)),
        ("Europe/Madrid", (1994, 5, 6, 0, 30, 0)),
        ("-05:00", (1994, 5, 5, 17, 30, 0)),
        ("Nowhere/At_All", (1994, 5, 5, 22, 30, 0)),
    ],
)
def test_a_file_in_an_archive_has_the_time_of_its_place(
    ann: Emo, world: World, tmp_path: Path, *, zone: str, shown: tuple[int, ...]
) -> None:
    """ZIP has no zones: a file has the time that the clock showed where it was, and a day stays that day."""
    asset = full(world)
    asset.event_date.FromDatetime(datetime(1994, 5, 5, 22, 30, tzinfo=UTC))
    asset.event_zone = zone
    assert ann("export", "--to", "out.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.getinfo("files/Holidays/1994/IMG_0009.jpg").date_time == shown


def test_an_archive_appears_whole_or_not_at_all(ann: Emo, world: World, tmp_path: Path) -> None:
    """A ZIP file has its name when all is in it, and the earlier one stays, which is only replaced when asked."""
    world.store(DATA, "a.jpg")
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, "X", "not you", after=1_000_000)]
    done = ann("export", "--to", "out.zip")
    assert done.exit_code == 3
    assert done.stderr == "emo: not you\n"
    assert not [each for each in tmp_path.iterdir() if "zip" in each.name]
    (tmp_path / "out.zip").write_bytes(b"mine")
    refused = ann("export", "--to", "out.zip")
    assert (refused.exit_code, refused.stderr) == (5, "emo: out.zip exists already; --force overwrites it\n")
    assert (tmp_path / "out.zip").read_bytes() == b"mine"
    assert ann("export", "--to", "out.zip", "--force").exit_code == 0
    assert files_of(tmp_path / "out.zip")["files/a.jpg"] == DATA


def test_a_file_that_cannot_be_had_is_named(ann: Emo, world: World, tmp_path: Path, target: str) -> None:
    """One that the server can't read, or that is not complete, is missing in the export, which says so."""
    first, last = world.store(DATA * 5, "a.jpg"), world.store(b"b", "b.jpg")  # one too large to wait in memory
    pending = world.store(b"", "c.jpg")
    world.assets[pending].complete = False
    world.assets[pending].asset.file.ClearField("crc32c")
    world.assets[first].received[-1] ^= 1
    done = ann("export", "--to", target)
    assert done.exit_code == 9
    assert done.stderr.splitlines() == [
        "emo: files/a.jpg: the file arrived damaged",
        "emo: 1 asset has no complete file in the vault",
        "emo: 1 file is missing in the export, see above",
    ]
    files = files_of(tmp_path / target)
    assert "files/a.jpg" not in files
    assert files["files/b.jpg"] == b"b"
    records = {each["asset"]["asset_id"]: each for each in records_of(files)}
    assert (records[first]["path"], records[first]["problem"]) == (None, "the file arrived damaged")
    assert records[last]["path"] == "files/b.jpg"
    assert json.loads(files["manifest.json"])["missing_count"] == 2
    brought = ann("import", target)
    assert (brought.exit_code, brought.stderr) == (
        0, "emo: 2 assets have no file in the export, and stay out\n",
    )  # fmt: skip


def test_a_folder_of_something_else_stays_as_it_is(ann: Emo, world: World, tmp_path: Path) -> None:
    """An export is never mixed with other files, and a link in it leads nowhere."""
    full(world)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_bytes(b"Dear Ann")
    refused = ann("export", "--to", "mine")
    assert (refused.exit_code, refused.stderr) == (5, "emo: mine is not empty, and no export: name a new folder\n")
    assert ann("export", "--to", "out").exit_code == 0
    (tmp_path / "out" / "files" / "Holidays" / "1994" / "IMG_0009.jpg").unlink()
    (tmp_path / "out" / "files" / "Holidays" / "1994").rmdir()
    (tmp_path / "out" / "files" / "Holidays" / "1994").symlink_to(tmp_path / "mine")
    assert ann("export", "--to", "out").exit_code == 10
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["letter"]
    world.assets.clear()
    world.store(b"cake", "cake.jpg")
    (tmp_path / "out" / "files" / "cake.jpg").symlink_to(tmp_path / "elsewhere")
    assert ann("export", "--to", "out").exit_code == 10
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "sentence"),
    [
        ("assets.jsonl", b"Girona", b"Gerona", 9, "assets.jsonl is not what was exported: it was changed, or damaged"),
        ("manifest.json", b'"version": 1', b'"version": 2', 5, "manifest.json: it was made by a later release"),
        ("manifest.json", b'"is_complete": true', b'"is_complete": false', 10, "the export was broken off"),
        ("files/Holidays/1994/IMG_0009.jpg", b"cake", b"pies", 10, "IMG_0009.jpg: it is not what was exported"),
    ],
)
def test_an_export_that_was_changed_is_told(
    ann: Emo, world: World, tmp_path: Path, *, name: str, old: bytes, new: bytes, code: int, sentence: str
) -> None:
    """What is not as it was exported comes in neither as a file nor as what is said of one."""
    full(world)
    ann("export", "--to", "out")
    world.assets.clear()
    path = tmp_path / "out" / name
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    done = ann("import", "out")
    assert (done.exit_code, sentence in done.stderr) == (code, True), done.stderr
    assert not world.assets


@pytest.mark.parametrize(
    "line",
    [
        rb'{"path": "files/\udcff", "asset": {}}',
        b'{"path": "files/cake.jpg", "asset": {"title": "\xed\xa0\x80"}}',
        rb'{"path": "files/cake.jpg", "problem": "\ud800", "asset": {}}',
        rb'{"path": "files/cake.jpg", "asset": {"event_precision": "\ud800"}}',
        b'{"path": "files/cake.jpg", "asset": {"event_precision": 1e999}}',
        b'{"path": "files/cake.jpg", "asset": ' + b"[" * 9999,
    ],
)
def test_a_line_of_somebody_bad_keeps_nothing_else(ann: Emo, world: World, tmp_path: Path, line: bytes) -> None:
    """What is no text, or no number that is, is told as the line that it is in; all others come in."""
    world.store(b"cake", "cake.jpg")
    ann("export", "--to", "out")
    world.assets.clear()
    assets, manifest = tmp_path / "out" / "assets.jsonl", tmp_path / "out" / "manifest.json"
    assets.write_bytes(line + b"\n" + assets.read_bytes())
    changed = json.loads(manifest.read_bytes())
    data = assets.read_bytes()
    changed["sums"]["assets.jsonl"] = {"size_bytes": len(data), "crc32c": google_crc32c.value(data)}
    manifest.write_text(json.dumps(changed))
    (tmp_path / "out" / "files" / "\udcff").write_bytes(b"x")
    done = ann("import", "out")
    assert (done.exit_code, "emo: assets.jsonl:1: " in done.stderr) == (10, True), done.stderr
    assert [each.asset.file.name for each in world.assets.values()] == ["cake.jpg"]


def test_files_of_one_name_have_names_of_their_own(ann: Emo, world: World, tmp_path: Path, target: str) -> None:
    """Also where capitals don't count; how each is really called stands beside them."""
    stored = [world.store(name.encode(), name) for name in ("IMG.jpg", "img.JPG", "../../x")]
    world.assets[stored[1]].asset.create_time.seconds = 1
    assert ann("export", "--to", target).exit_code == 0
    files = files_of(tmp_path / target)
    found = {each["asset"]["file"]["name"]: each["path"] for each in records_of(files)}
    assert found == {
        "IMG.jpg": "files/IMG.jpg",
        "img.JPG": f"files/img ({stored[1][:8]}).JPG",
        "../../x": "files/_._x",
    }
    assert {name: files[path].decode() for name, path in found.items()} == {name: name for name in found}


@pytest.mark.parametrize("missing", ["nope", "file"])
def test_a_folder_that_is_missing_is_named(ann: Emo, world: World, tmp_path: Path, missing: str) -> None:
    """And not the file that was to be made in it, which has another name until it is whole."""
    world.store(DATA, "a.jpg")
    (tmp_path / "file").write_bytes(b"mine")
    done = ann("export", "--to", f"{missing}/x.zip")
    assert (done.exit_code, done.stdout) == (10, "")
    assert done.stderr == f"emo: {missing}: there is no such folder\n"
