"""`emo import` of what would take more memory than there is."""

import json
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path

import google_crc32c
import pytest

from emo_grpc.cli.assets.exports.export_format import MAX_RECORD_BYTES
from emo_grpc.cli.assets.exports.zip_records import LocalHeader, end_records
from emo_grpc.cli.assets.imports import plan, zip_tree
from emo_grpc.cli.assets.imports.export_plan import plan_export
from emo_grpc.cli.assets.imports.sidecar_plan import plan_sidecars
from emo_grpc.cli.assets.imports.zip_tree import ZipTree
from emo_grpc.sidecars.sidecar import MAX_BYTES
from unit.cli.conftest import Emo
from unit.cli.test_imports import XMP, google, kept, packed, write
from unit.client.fake_server import World

MIB = 1 << 20


def export_of(path: Path, lines: Iterable[bytes], files: Iterable[str]) -> Path:
    """A ZIP file that is an export, by all that it says of itself."""
    assets = b"".join(lines)
    sums = {"assets.jsonl": {"size_bytes": len(assets), "crc32c": google_crc32c.value(assets)}}
    manifest = {"format": "emo-export", "version": 1, "is_complete": True, "sums": sums}
    inner: dict[str, str | bytes] = {"assets.jsonl": assets, "manifest.json": json.dumps(manifest)}
    return packed(path, inner | dict.fromkeys(files, b"cake"))


def line_of(path: str, **said: object) -> bytes:
    """A line of assets.jsonl."""
    asset = {"file": {"name": path.rpartition("/")[2], "size_bytes": "4"}, **said}
    return json.dumps({"path": path, "asset": asset}).encode() + b"\n"


def story(number: int) -> str:
    """60 KB of text of which no two are alike."""
    return " ".join(str(number * 10_000 + each) for each in range(9_000))


def peak_of_plan(path: Path) -> int:
    """The most bytes that the plan of an archive's import takes beside the archive's list of entries."""
    with ZipTree.opened(path) as tree:
        make = plan_export if "assets.jsonl" in {each.name for each in tree.contents.entries} else plan_sidecars
        tracemalloc.start()
        try:
            made = make(tree)
            assert len(made.items) == 200
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_an_export_is_read_line_by_line(tmp_path: Path) -> None:
    """What is said of 200 files, 12 MB that were packed into less, is never in memory at once."""
    names = [f"files/{number}.jpg" for number in range(200)]
    said = [line_of(name, description=story(number)) for number, name in enumerate(names)]
    assert sum(map(len, said)) > 12_000_000
    assert peak_of_plan(export_of(tmp_path / "long.zip", said, names)) < 3 * MIB


def test_sidecars_are_read_one_by_one(tmp_path: Path) -> None:
    """What 200 sidecars say, 12 MB that were packed into less, is never in memory at once."""
    files: dict[str, str | bytes] = {}
    for number in range(100):
        files |= {f"{number}.jpg": b"cake", f"{number}.jpg.json": google("", description=story(number))}
        files |= {f"a{number}.jpg": b"cake", f"a{number}.xmp": XMP.replace("Cake", story(number))}
    assert peak_of_plan(packed(tmp_path / "long.zip", files)) < 3 * MIB


def test_each_file_of_an_export_gets_what_its_own_line_says(ann: Emo, world: World, tmp_path: Path) -> None:
    """Files come in with their own titles, whatever lines lie between, and a file that is named twice comes in once."""
    names = ["files/a.jpg", "files/b.jpg", "files/c.jpg"]
    lines = [
        line_of(names[0], title="A"),
        line_of("trash/x.jpg", delete_time="2026-11-28T00:00:00Z"),
        line_of(names[1], title="B"),
        line_of(names[0], title="A again"),
        line_of(names[2], title="C"),
    ]
    export_of(tmp_path / "out.zip", lines, names)
    done = ann("import", "out.zip")
    assert done.exit_code == 10
    assert done.stderr.splitlines() == [
        "emo: 1 file was in the trash, and stays out",
        "emo: files/a.jpg: the export has no such file, or names it twice",
    ]
    assert {name: asset.title for name, asset in kept(world).items()} == {"/a.jpg": "A", "/b.jpg": "B", "/c.jpg": "C"}


def test_a_line_without_an_end_is_one_that_cannot_be_read(ann: Emo, world: World, tmp_path: Path) -> None:
    """A line that is longer than any export's is named once, and the one behind it comes in."""
    long = line_of("files/a.jpg", title=story(1) * 60)
    assert len(long) > 3 * MAX_RECORD_BYTES
    deep = line_of("files/" + "a/" * 5000 + "b.jpg")
    export_of(tmp_path / "out.zip", [long, deep, line_of("files/c.jpg")], ["files/a.jpg", "files/c.jpg"])
    done = ann("import", "out.zip")
    assert done.stderr.splitlines() == [
        "emo: assets.jsonl:1: the line has more than 1,048,576 bytes",
        "emo: assets.jsonl:2: where its file is has more than 8,192 characters",
    ]
    assert list(kept(world)) == ["/c.jpg"]


def test_an_export_that_is_a_bomb_is_called_so(ann: Emo, world: World, tmp_path: Path) -> None:
    """Lines that become more than 200 times as large as they are packed are not read, and that is told."""
    export_of(tmp_path / "out.zip", [line_of("files/a.jpg", title=" " * 2_000_000)], ["files/a.jpg"])
    done = ann("import", "out.zip")
    assert (done.exit_code, done.stderr) == (
        10, "emo: assets.jsonl: it would become more than 200 times as large, as only a trap does\n",
    )  # fmt: skip
    assert not world.assets


def test_files_that_an_export_only_names_are_counted(
    ann: Emo, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many files that are not in an export, some are named, and the others are told as a number."""
    monkeypatch.setattr(plan, "MOST_NAMED", 2)
    lines = [*(line_of(f"files/no{number}.jpg") for number in range(1200)), line_of("files/a.jpg")]
    export_of(tmp_path / "out.zip", lines, ["files/a.jpg"])
    done = ann("import", "out.zip")
    assert (done.exit_code, done.stderr.splitlines()[2:]) == (10, ["emo: and 1,198 more that can't be brought in"])
    assert list(kept(world)) == ["/a.jpg"]


def test_an_export_whose_lines_change_meanwhile_brings_in_no_wrong_one(
    ann: Emo, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that are others when a file's turn comes are not taken for what is said of it."""
    del ann, world
    first, second = line_of("files/a.jpg"), line_of("files/b.jpg")
    path = export_of(tmp_path / "out.zip", [first, second], ["files/a.jpg", "files/b.jpg"])
    with ZipTree.opened(path) as tree:
        made = plan_export(tree)
        with ZipTree.opened(export_of(tmp_path / "other.zip", [second], ["files/b.jpg"])) as other:
            monkeypatch.setattr(tree, "stream", other.stream)
            for item in made.items:
                with pytest.raises(OSError, match="changed meanwhile"):
                    item.describe()


def test_sidecars_that_are_too_large_say_nothing(ann: Emo, world: World, tmp_path: Path) -> None:
    """JSON of more than 4 MiB is a file like any other, and XMP of so much is named and not read."""
    large = " " * MAX_BYTES
    write(tmp_path / "in", {"a.jpg": b"a", "a.jpg.json": google("a.jpg") + large, "b.jpg": b"b", "b.xmp": XMP + large})
    done = ann("import", "in")
    assert (done.exit_code, done.stderr) == (10, "emo: b.xmp: it has more than 4,194,304 bytes\n")
    assert sorted(kept(world)) == ["/a.jpg", "/a.jpg.json", "/b.jpg"]


def test_a_sidecar_that_changes_meanwhile_is_not_believed(
    ann: Emo, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose sidecar is another one when its turn comes stays out, and is named."""
    del ann, world
    path = packed(tmp_path / "in.zip", {"a.jpg": b"cake", "a.jpg.json": google("a.jpg")})
    with ZipTree.opened(path) as tree:
        made = plan_sidecars(tree)
        monkeypatch.setattr(tree, "read", lambda _: b"{}")
        with pytest.raises(OSError, match="changed meanwhile"):
            made.items[0].describe()


@pytest.mark.parametrize(
    ("bound", "value", "sentence"),
    [
        ("MAX_ENTRIES", 99, "more than 99 entries"),
        ("MAX_DIRECTORY_BYTES", 5000, "a list of entries of more than 0 MiB"),
    ],
)
def test_an_archive_of_too_many_entries_is_refused_unread(
    ann: Emo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, bound: str, value: int, sentence: str
) -> None:
    """A list of entries that is too long is known before an object is made of each."""
    monkeypatch.setattr(zip_tree, bound, value)
    packed(tmp_path / "many.zip", {f"{number}.jpg": b"" for number in range(100)})
    made = []
    monkeypatch.setattr(zipfile, "ZipInfo", lambda *args: made.append(args))
    done = ann("import", "many.zip")
    assert (done.exit_code, done.stderr) == (10, f"emo: many.zip has {sentence}\n")
    assert not made


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_unpacked_only_as_a_whole_stays_out(ann: Emo, world: World, tmp_path: Path, method: int) -> None:
    """An entry of which a few bytes may become gigabytes in one step is not unpacked, whatever size it says."""
    packed(tmp_path / "odd.zip", {"a.jpg": b"cake"}, method)
    done = ann("import", "odd.zip")
    assert (done.exit_code, "a.jpg: it is encrypted, or packed in an odd way" in done.stderr) == (10, True)
    assert not world.assets


def far_away(archive: Path) -> bytes:
    """An archive whose only entry lies where no file ends."""
    with archive.open("rb") as file:
        header = LocalHeader.read(file, 0)
    assert header is not None
    entry, content = header.central(2**64 - 2), archive.read_bytes()[: header.length + header.size]
    return content + entry + end_records(1, len(entry), len(content))


def test_records_that_lie_are_damage(ann: Emo, world: World, tmp_path: Path) -> None:
    """A name that is no text or nothing, and a place that no file has, keep nothing else."""
    names = ("é.jpg", "Q.jpg", "good.jpg")
    odd = packed(tmp_path / "odd.zip", dict.fromkeys(names, b"cake"))
    data = odd.read_bytes().replace("é.jpg".encode(), b"\xff\xff.jpg", 1)  # before the file, not in the list
    odd.write_bytes(data.replace(b"Q.jpg", b"\0.jpg"))
    far = packed(tmp_path / "far.zip", {"far.jpg": b"cake"})
    far.write_bytes(far_away(far))
    done = ann("import", "odd.zip", "far.zip")
    assert done.exit_code == 10
    assert sorted(done.stderr.splitlines()) == [
        "emo: far.jpg: it is damaged in the archive",
        "emo: odd.zip, an entry without a name: its name leads out of the archive",
        "emo: é.jpg: it is damaged in the archive",
    ]
    assert list(kept(world)) == ["/good.jpg"]
