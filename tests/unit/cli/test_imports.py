"""`emo import`, of what other programs and hostile people make."""

import json
import stat
import struct
import zipfile
from pathlib import Path

import grpc
import pytest

from emo.assets.v1.assets_pb2 import DATE_PRECISION_DAY, DATE_PRECISION_SECOND, Asset
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
   photoshop:City="Girona" photoshop:DateCreated="1994-05-06"><dc:title>Cake</dc:title>
 <dc:subject><rdf:Bag><rdf:li>family</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""


def google(title: str, **more: object) -> str:
    """A sidecar of Google's."""
    said = {"title": title, "description": "", "photoTakenTime": {"timestamp": "768225600"}}
    return json.dumps(said | more)


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def packed(path: Path, files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A ZIP file with these files."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def kept(world: World) -> dict[str, Asset]:
    """All assets with their files, by folder and name."""
    return {
        f"{each.asset.folder}/{each.asset.file.name}": each.asset for each in world.assets.values() if each.complete
    }


TAKEOUT: dict[str, str | bytes] = {
    "Takeout/archive_browser.html": "<html></html>",
    "Takeout/Google Photos/Photos from 1994/IMG_0009.jpg": b"cake",
    "Takeout/Google Photos/Photos from 1994/IMG_0009.jpg.supplemental-metadata.json": google("IMG_0009.jpg"),
    "Takeout/Google Photos/Photos from 1994/IMG_0010.jpg": b"only here",
    "Takeout/Google Photos/Photos from 1994/IMG_0010.jpg.json": google("IMG_0010.jpg", favorited=True),
    "Takeout/Google Photos/Summer/metadata.json": json.dumps({"title": "Summer in Girona", "access": "protected"}),
    "Takeout/Google Photos/Summer/IMG_0009.jpg": b"cake",
    "Takeout/Google Photos/Summer/IMG_0009.jpg.supplemental-metadata.json": google(
        "IMG_0009.jpg",
        description="Grandma's birthday",
        people=[{"name": "Ann"}],
        geoData={"latitude": 41.9825, "longitude": 2.8233},
    ),
    "Takeout/Google Photos/Summer/IMG_0009(1).jpg": b"another cake",
    "Takeout/Google Photos/Summer/IMG_0009.jpg.supplemental-metadata(1).json": google("IMG_0009.jpg"),
    "Takeout/Google Photos/Summer/IMG_0009-edited.jpg": b"cake in colour",
    "Takeout/Google Photos/Summer/bin.jpg": b"thrown away",
    "Takeout/Google Photos/Summer/bin.jpg.json": google("bin.jpg", trashed=True),
    "Takeout/Google Photos/Summer/gone.jpg.json": google("gone.jpg"),
    "Takeout/Google Photos/print-subscriptions.json": "{}",
}


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_takeout_keeps_albums_and_what_was_said(ann: Emo, world: World, tmp_path: Path, *, as_zip: bool) -> None:
    """Photos of a Google Takeout come in once, in their albums, with all that Google knew of them."""
    source = packed(tmp_path / "takeout.zip", TAKEOUT) if as_zip else write(tmp_path / "unpacked", TAKEOUT)
    done = ann("import", str(source))
    assert done.exit_code == 0, done.stderr
    found = kept(world)
    assert sorted(found) == [
        "/archive_browser.html",
        "Photos from 1994/IMG_0010.jpg",
        "Summer in Girona/IMG_0009-edited.jpg",
        "Summer in Girona/IMG_0009.jpg",
    ]
    assert sorted(each.asset.file.size_bytes for each in world.assets.values() if each.asset.folder != "") == [
        4, 9, 12, 14,
    ]  # fmt: skip
    edited = found["Summer in Girona/IMG_0009-edited.jpg"]
    assert (edited.title, edited.description, list(edited.people)) == ("IMG_0009-edited", "Grandma's birthday", ["Ann"])
    assert (edited.location, edited.event_date.seconds) == ("41.98250, 2.82330", 768225600)
    assert edited.event_precision == DATE_PRECISION_SECOND
    assert found["Photos from 1994/IMG_0010.jpg"].bookmarked
    assert done.stderr.splitlines() == [
        "emo: 1 photo of a year is in an album, too, and comes in once",
        "emo: 1 file was in Google's bin, and stays out",
        "emo: 1 sidecar belongs to no file here",
    ]


def test_a_takeout_in_parts_is_one(ann: Emo, world: World, tmp_path: Path) -> None:
    """A sidecar in another archive than its photo is found when both are given; what is in both comes in once."""
    around: dict[str, str | bytes] = {"Takeout/archive_browser.html": "<html></html>"}
    photo, sidecar = "Takeout/Google Photos/Summer/IMG.jpg", "Takeout/Google Photos/Summer/IMG.jpg.json"
    packed(tmp_path / "1.zip", around | {photo: b"cake"})
    packed(tmp_path / "2.zip", around | {sidecar: google("IMG.jpg", description="Birthday")})
    assert ann("import", "1.zip", "2.zip").exit_code == 0
    assert {name: each.description for name, each in kept(world).items()} == {
        "/archive_browser.html": "",
        "Summer/IMG.jpg": "Birthday",
    }
    ann("export", "--to", "out")
    refused = ann("import", "1.zip", "out")
    assert (refused.exit_code, refused.stderr) == (2, "emo: exports of emo are imported one by one\n")


def test_sidecars_of_xmp_say_what_a_file_is(ann: Emo, world: World, tmp_path: Path) -> None:
    """Title, tags, place and day come from XMP beside a file, and folders stay folders, below the one that is named."""
    write(
        tmp_path / "in", {"1994/IMG.jpg": b"cake", "1994/IMG.jpg.xmp": XMP, "letter.txt": b"Dear Ann", "x.json": "{}"}
    )
    assert ann("import", "in", "--into", "/Old things/").exit_code == 0
    found = kept(world)
    assert sorted(found) == ["Old things/1994/IMG.jpg", "Old things/letter.txt", "Old things/x.json"]
    photo = found["Old things/1994/IMG.jpg"]
    assert (photo.title, list(photo.tags), photo.location) == ("Cake", ["family"], "Girona")
    assert (photo.event_date.seconds, photo.event_precision) == (768182400, DATE_PRECISION_DAY)
    assert photo.file.content_type == "image/jpeg"


def test_a_second_import_brings_nothing(ann: Emo, world: World, tmp_path: Path) -> None:
    """What is there with the same folder, name and content stays out, and which asset that is, is told.

    Two files that are alike both came in.
    """
    write(tmp_path / "in", {"a/IMG.jpg": b"cake", "b/IMG.jpg": b"cake", "empty": b""})
    first = ann("import", "in")
    assert [
        line.split("\t")[1:] for line in sorted(first.stdout.splitlines(), key=lambda each: each.split("\t")[1])
    ] == [
        ["a/IMG.jpg", "new", "4"],
        ["b/IMG.jpg", "new", "4"],
        ["empty", "new", "0"],
    ]
    sent = len(world.assets)
    again = ann("import", "in", "--json")
    assert {(each["path"], each["outcome"]) for each in json.loads(again.stdout)} == {
        ("a/IMG.jpg", "there"), ("b/IMG.jpg", "there"), ("empty", "there"),
    }  # fmt: skip
    ids = {line.split("\t")[1]: line.split("\t")[0] for line in first.stdout.splitlines()}
    assert {each["path"]: each["asset_id"] for each in json.loads(again.stdout)} == ids
    assert set(ids.values()) == world.assets.keys()
    (tmp_path / "in" / "a" / "IMG.jpg").write_bytes(b"pies")
    changed = ann("import", "in", "--dry-run")
    assert "\ta/IMG.jpg\tnew\t4\n" in changed.stdout
    assert len(world.assets) == sent == 3


def test_each_file_of_the_vault_stands_for_one(ann: Emo, world: World) -> None:
    """Of two that are alike in everything, the one that is missing comes in, and no third."""
    world.store(b"cake", "IMG.jpg")
    world.store(b"cake", "IMG.jpg")
    assert ann("export", "--to", "out").exit_code == 0
    del world.assets[next(iter(world.assets))]
    done = ann("import", "out")
    assert sorted(line.split("\t")[2] for line in done.stdout.splitlines()) == ["new", "there"]
    assert len(world.assets) == 2


def test_an_import_that_was_broken_off_goes_on(ann: Emo, world: World, tmp_path: Path) -> None:
    """The asset that waits for its file gets it, and no second one is made."""
    write(tmp_path / "in", {"IMG.jpg": b"c" * 3_000_000})
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, "ADMIN_REQUIRED", "not you", after=1)]
    assert ann("import", "in").exit_code == 3
    assert [each.complete for each in world.assets.values()] == [False]
    assert ann("import", "in").exit_code == 0
    assert [each.complete for each in world.assets.values()] == [True]


def test_people_see_the_sum(terminal: Terminal, tmp_path: Path) -> None:
    """At a terminal, a dry run is a table, and both end with one line."""
    write(tmp_path / "in", {"a/IMG.jpg": b"cake", "b.txt": b""})
    assert "Nothing was sent. 2 files: 2 new; 4 B new." in terminal.run("import", "in", "--dry-run")[1]
    assert "2 files: 2 new; 4 B new." in terminal.run("import", "in")[1]


def test_what_fails_is_named_and_keeps_nothing_else(ann: Emo, world: World, tmp_path: Path) -> None:
    """A link, a broken sidecar and a text that is too long are told of, and everything else comes in."""
    write(tmp_path / "in", {"a.jpg": b"a", "a.xmp": "<x", "b.jpg": b"b", "b.jpg.xmp": XMP.replace("Cake", "C" * 300)})
    (tmp_path / "in" / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    done = ann("import", "in")
    assert done.exit_code == 10
    assert sorted(done.stderr.splitlines()) == [
        "emo: a.xmp: it is no XML that can be read",
        "emo: b.jpg: its title is more than emo keeps, and is cut",
        "emo: loop: a link, which is not followed",
        "emo: passwd: a link, which is not followed",
    ]
    assert sorted(kept(world)) == ["/a.jpg", "/b.jpg"]
    assert kept(world)["/b.jpg"].title == "C" * 200


def test_what_is_no_text_is_kept_as_far_as_it_is(ann: Emo, world: World, tmp_path: Path) -> None:
    """Names of folders in another encoding, and half characters in a sidecar, are no reason to leave a file behind."""
    files: dict[str, str | bytes] = {
        "in/Caf\udce9/a.jpg": b"cake",
        "in/b.jpg": b"pie",
        "in/b.jpg.json": google("b.jpg", description="a \ud83c cake", people=[{"name": "Ann\udfff"}]),
        "in/Summer/metadata.json": json.dumps({"title": "Summer \ud83c", "access": "protected"}),
        "in/Summer/c.jpg": b"bread",
    }
    write(tmp_path, files)
    done = ann("import", "in")
    assert done.exit_code == 0, done.stderr
    found = kept(world)
    assert sorted(found) == ["/b.jpg", "Caf\ufffd/a.jpg", "Summer \ufffd/c.jpg"]
    assert found["/b.jpg"].people == ["Ann\ufffd"]
    assert found["/b.jpg"].description == "a \ufffd cake"


def test_an_archive_of_somebody_bad_leads_nowhere(ann: Emo, world: World, tmp_path: Path) -> None:
    """Names that lead out of an archive, links, files in it twice and bombs stay out and are named."""
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.jpg", b"x")
        archive.writestr("/absolute.jpg", b"x")
        archive.writestr("bomb.jpg", b"\0" * 30_000_000)
        archive.writestr(".hidden", b"x")
        archive.writestr("good.jpg", b"good")
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("good.jpg", b"twice")
    done = ann("import", "bad.zip")
    assert done.exit_code == 10
    assert done.stderr.splitlines() == [
        "emo: 1 hidden file or folder left out",
        "emo: ../../outside.jpg: its name leads out of the archive",
        "emo: /absolute.jpg: its name leads out of the archive",
        "emo: bomb.jpg: it would become more than 200 times as large, as only a trap does",
        "emo: link.jpg: a link, which is not followed",
        "emo: good.jpg: it is there twice",
    ]
    assert list(kept(world)) == ["/good.jpg"]


def test_an_archive_whose_entries_share_bytes_is_refused(ann: Emo, tmp_path: Path) -> None:
    """A bomb that makes its bytes by naming the same ones again and again is known before anything is unpacked."""
    path = packed(tmp_path / "bomb.zip", {f"{number}.jpg": b"a" * 999 for number in range(9)}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    first = data[:start].index(b"PK\x03\x04", 4)
    directory = bytearray(data[start:])
    position = 0
    while directory[position : position + 4] == b"PK\x01\x02":
        directory[position + 42 : position + 46] = struct.pack("<I", 0)
        position += 46 + sum(struct.unpack("<HHH", directory[position + 28 : position + 34]))
    directory[position + 16 : position + 20] = struct.pack("<I", first)
    path.write_bytes(data[:first] + bytes(directory))
    done = ann("import", "bomb.zip")
    assert (done.exit_code, done.stderr) == (10, "emo: bomb.zip has entries that share bytes, as only a trap has\n")


def test_a_damaged_archive_brings_in_what_is_whole(ann: Emo, world: World, tmp_path: Path) -> None:
    """A file that is damaged in an archive is named, and leaves no asset behind; what is no archive is refused."""
    path = packed(tmp_path / "damaged.zip", {"a.jpg": b"a" * 99, "b.jpg": b"b" * 99}, zipfile.ZIP_STORED)
    data = path.read_bytes().replace(b"a" * 99, b"a" * 50 + b"?" + b"a" * 48)
    path.write_bytes(data)
    done = ann("import", "damaged.zip")
    assert (done.exit_code, done.stderr) == (10, "emo: a.jpg: it is damaged in the archive\n")
    assert list(kept(world)) == ["/b.jpg"]
    assert len(world.assets) == 1
    path.write_bytes(data[:70])
    assert ann("import", "damaged.zip").stderr == "emo: damaged.zip is no ZIP file, or a damaged one\n"
    assert ann("import", "nowhere").exit_code == 10
