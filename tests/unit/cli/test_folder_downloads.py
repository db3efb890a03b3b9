"""`emo download` of many assets: where each is written, and what is never written over."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.cli.assets.downloads.tree_folder import A_LINK
from emo_grpc.cli.assets.downloads.tree_names import TreeNames
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.client.transfers.partial_file import part_path
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World

ROOT = Path("out")


@dataclass
class Vault:
    """What Ann has; the later an asset is stored, the later it was made."""

    world: World
    ids: list[str] = field(default_factory=list)

    def store(self, path: str, data: bytes | None = None) -> str:
        folder, _, name = path.rpartition("/")
        asset_id = self.world.store(path.encode() if data is None else data, name)
        asset = self.world.assets[asset_id].asset
        asset.folder = folder
        asset.create_time.FromSeconds(1_000_000 + len(self.ids))
        self.ids.append(asset_id)
        return asset_id


@pytest.fixture
def vault(world: World) -> Vault:
    return Vault(world)


def found(root: Path = ROOT) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_all_that_there_is_comes_in_its_folders(ann: Emo, vault: Vault) -> None:
    """And what is there and right is not fetched again; what was lost in between, is."""
    for path in ("a.txt", "trip/a.txt", "trip/day 1/b.txt"):
        vault.store(path)
    done = ann("download", "--all", "-o", "out")
    assert (done.exit_code, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == ["out/a.txt", "out/trip/a.txt", "out/trip/day 1/b.txt"]
    assert found() == ["a.txt", "trip/a.txt", "trip/day 1/b.txt"]
    assert (ROOT / "trip/a.txt").read_text() == "trip/a.txt"
    vault.world.calls.clear()
    again = ann("download", "--all", "-o", "out")
    assert (again.exit_code, again.stdout, "DownloadAsset" in vault.world.calls) == (0, done.stdout, False)
    (ROOT / "trip/a.txt").unlink()
    assert ann("download", "--all", "-o", "out").exit_code == 0
    assert vault.world.calls.count("DownloadAsset") == 1


def test_a_folder_and_what_is_below_it(ann: Emo, vault: Vault) -> None:
    """From the top, so that all that goes into one folder of the disk is one tree."""
    for path in ("a.txt", "trip/a.txt", "trip/day 1/b.txt", "trips/c.txt"):
        vault.store(path)
    assert ann("download", "--folder", "trip", "-o", "out").exit_code == 0
    assert found() == ["trip/a.txt"]
    assert ann("download", "--folder", "/trip/", "-r", "-o", "out").exit_code == 0
    assert found() == ["trip/a.txt", "trip/day 1/b.txt"]
    assert ann("download", "--folder", "/", "-o", "out").exit_code == 0
    assert "a.txt" in found()
    assert ann("download", "--tag", "sea", "-o", "out").exit_code == 0
    assert list(vault.world.lists[-1].filter.tags) == ["sea"]
    nothing = ann("download", "--tag", "nobody's", "-o", "out")
    assert (nothing.exit_code, nothing.stderr) == (0, "emo: there is nothing to download\n")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--all", "x"),
        ("-r", "--all"),
        ("-r",),
        ("--all", "--offset", "1"),
        ("--tag", "a", "x"),
        ("--tag", "a", "--all"),
    ],
)
def test_what_is_meant_must_be_said(ann: Emo, world: World, arguments: tuple[str, ...]) -> None:
    """In one way."""
    assert ann("download", *arguments).exit_code == 2
    assert "DownloadAsset" not in world.calls


def test_equal_names_are_made_unique_and_stay_so(ann: Emo, vault: Vault) -> None:
    """The first has the name; what is deleted, or chosen otherwise, changes no name that is there."""
    ids = [vault.store("trip/IMG_0009.jpg", bytes([number])) for number in range(3)]
    marked = [f"trip/IMG_0009 ({each[:8]}).jpg" for each in ids]
    assert ann("download", "--all", "-o", "out").exit_code == 0
    assert found() == sorted(["trip/IMG_0009.jpg", *marked[1:]])
    vault.world.calls.clear()
    del vault.world.assets[ids[0]]
    assert ann("download", "--all", "-o", "out").exit_code == 0
    assert ann("download", *ids[1:], "-o", "out").exit_code == 0
    assert found() == sorted(["trip/IMG_0009.jpg", *marked[1:]])
    assert "DownloadAsset" not in vault.world.calls


def test_a_later_choice_keeps_the_name_that_an_earlier_one_gave(ann: Emo, vault: Vault) -> None:
    """Whoever fetched the second photo alone has it under its plain name, and the first one gets another."""
    first, second = (vault.store("IMG_0009.jpg", bytes([number])) for number in range(2))
    assert ann("download", second, "-o", "out/").exit_code == 0
    assert ann("download", "--all", "-o", "out").exit_code == 0
    assert found() == sorted(["IMG_0009.jpg", f"IMG_0009 ({first[:8]}).jpg"])
    assert (ROOT / "IMG_0009.jpg").read_bytes() == b"\x01"


def test_what_somebody_else_wrote_is_left_alone(ann: Emo, vault: Vault) -> None:
    """Unless --force is given; the rest comes in any case."""
    asset_id = vault.store("a.txt")
    vault.store("b.txt")
    ROOT.mkdir()
    (ROOT / "a.txt").write_text("mine!")
    done = ann("download", "--all", "-o", "out")
    assert (done.exit_code, done.stdout) == (5, "out/b.txt\n")
    assert done.stderr == f"emo: {asset_id}: out/a.txt exists already; --force overwrites it\n"
    assert (ROOT / "a.txt").read_text() == "mine!"
    assert ann("download", "--all", "-o", "out", "--force").exit_code == 0
    assert (ROOT / "a.txt").read_text() == "a.txt"


def test_nothing_is_written_through_a_link(ann: Emo, vault: Vault, tmp_path: Path) -> None:
    """Neither a folder nor a file of it, and --force changes nothing about that."""
    vault.store("trip/a.txt")
    vault.store("b.txt")
    vault.store("sub/c.txt")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("keep me")
    ROOT.mkdir()
    (ROOT / "trip").symlink_to(outside)
    (ROOT / "b.txt").symlink_to(outside / "b.txt")
    done = ann("download", "--all", "-o", "out", "--force")
    assert (done.exit_code, done.stdout) == (10, "out/sub/c.txt\n")
    assert done.stderr.count(A_LINK) == 2
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"b.txt": "keep me"}


def test_a_folder_where_a_file_should_be_and_the_other_way(ann: Emo, vault: Vault) -> None:
    """Each is told."""
    vault.store("a/b.txt")
    vault.store("c")
    (ROOT / "c").mkdir(parents=True)
    (ROOT / "a").write_text("a file")
    done = ann("download", "--all", "-o", "out", "--force")
    assert (done.exit_code, done.stdout, found()) == (10, "", ["a"])
    assert "out/c: Is a directory" in done.stderr
    assert "out/a: Not a directory" in done.stderr


def test_a_break_in_the_middle_is_gone_on_with(ann: Emo, vault: Vault) -> None:
    """Of the file that was broken off, too: nothing that has come is fetched again."""
    data = os.urandom(3_000_000)
    vault.store("big.bin", data)
    vault.store("small.txt")
    denied = Failure(grpc.StatusCode.PERMISSION_DENIED, "ADMIN_REQUIRED", "not you", after=2_000_000)
    vault.world.failures["DownloadAsset"] = [denied, denied]
    assert ann("download", "--all", "-o", "out").exit_code == 3
    assert ann("download", "--all", "-o", "out").exit_code == 0
    assert found() == ["big.bin", "small.txt"]
    assert (ROOT / "big.bin").read_bytes() == data


@pytest.mark.parametrize("command", [("download", "--all", "-o", "out"), ("sync", "out", "--down", "--folder", "/")])
def test_a_file_that_has_its_name_has_no_other(ann: Emo, vault: Vault, command: tuple[str, ...]) -> None:
    """A download that was killed while it gave a file its name leaves it that of the partial file, too."""
    identity = WantedAsset.of(vault.world.assets[vault.store("trip/a.txt")].asset).identity
    assert ann(*command).exit_code == 0
    path = ROOT / "trip/a.txt"
    part_path(path, identity).hardlink_to(path)
    done = ann(*command)
    assert (done.exit_code, done.stderr) == (0, "")
    assert found() == ["trip/a.txt"]


def test_what_can_not_be_downloaded_is_told(ann: Emo, vault: Vault) -> None:
    """A file that is not complete is left out; of a damaged record the exit code tells, too."""
    vault.store("a.txt")
    pending = vault.store("b.txt")
    vault.world.assets[pending].asset.file.ClearField("crc32c")
    done = ann("download", "--all", "-o", "out")
    assert (done.exit_code, done.stderr) == (0, "emo: 1 asset left out, whose file is not complete\n")
    vault.world.unreadable.append("7035095b-41a2-4f29-9bdb-85e84eadae56")
    done = ann("download", "--all", "-o", "out")
    assert (done.exit_code, done.stdout) == (9, "out/a.txt\n")
    assert "can't be read" in done.stderr


def test_a_person_is_told_the_sum(terminal: Terminal, vault: Vault) -> None:
    """What is new, what was there, and what failed."""
    vault.store("a.txt", b"x")
    vault.store("b.txt", b"y")
    ROOT.mkdir()
    (ROOT / "a.txt").write_text("mine!")
    exit_code, shown = terminal.run("download", "--all", "-o", "out")
    assert (exit_code, "2 files: 1 new, 1 failed; 1 B new." in shown) == (5, True)
    _, shown = terminal.run("download", "--all", "-o", "out", "--force")
    assert "2 files: 1 new, 1 there; 1 B new." in shown
    assert "of 2 files" in shown


def test_other_names_are_told(ann: Emo, vault: Vault) -> None:
    """How many in one line, which by --json, with what became of each, also of one that failed."""
    vault.store("trip/a.txt", b"x")
    vault.store("trip/a.txt", b"y")
    vault.store("trip/a:b.txt", b"z")
    done = ann("download", "--all", "-o", "out")
    told = "2 files have other names here than in the vault"
    assert (done.exit_code, done.stderr) == (0, f"emo: {told}; --json tells which\n")
    ROOT.joinpath("trip", "a.txt").write_text("other")
    again = ann("download", "--all", "-o", "out", "--json")
    assert again.exit_code == 5
    assert told in again.stderr
    listed = json.loads(again.stdout)
    outcomes = [(each["outcome"], each["renamed"]) for each in listed]
    assert outcomes == [("failed", False), ("there", True), ("there", True)]
    assert {(each["folder"], each["name"]) for each in listed} == {("trip", "a.txt"), ("trip", "a:b.txt")}
    assert listed[2]["path"] == "out/trip/a_b.txt"
    gone = "00000000-0000-4000-8000-000000000000"
    several = ann("download", listed[1]["asset_id"], gone, "-o", "out", "--json")
    assert [(each["asset_id"], each["outcome"]) for each in json.loads(several.stdout)] == [
        (listed[1]["asset_id"], "there"),
        (gone, "failed"),
    ]


def test_another_name_of_a_single_file_is_told(ann: Emo, vault: Vault, tmp_path: Path) -> None:
    """Unless it was chosen; and no JSON comes between the bytes of a file."""
    asset_id = vault.store("a:b.txt", b"x")
    done = ann("download", asset_id)
    assert (done.stdout, done.stderr) == ("a_b.txt\n", "emo: 1 file has another name here than in the vault: a:b.txt\n")
    chosen = ann("download", asset_id, "-o", "mine.txt", "--json")
    (told,) = json.loads(chosen.stdout)
    assert (told["path"], told["name"], told["renamed"], chosen.stderr) == ("mine.txt", "a:b.txt", False, "")
    refused = ann("download", asset_id, "-o", "-", "--json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    exported = ann("export", "--to", "all")
    assert "1 file has another name there than in the vault; assets.jsonl has both" in exported.stderr
    synced = ann("sync", str(tmp_path / "new"), "--down", "--folder", "/")
    assert "1 file has another name here than in the vault" in synced.stderr


HOSTILE = [
    *("../../up", "..", "a/../../b", "//etc/passwd", "two\nlines", "a\x1b]0;x\x07", "-rf", "--help", "~", "con.txt"),
    *("x" * 255, "cafè", "cafe\u0300", "🏖️", "a:b", "a?b", "a ", "trip", "trip/a", ".hidden", "\u202ecod.exe"),
    *("Trip/A", "trip/A", "TRIP", "a (00000000)", f"{'y' * 255}/{'z' * 255}"),
]


@given(paths=st.lists(st.sampled_from(HOSTILE), max_size=30), data=st.data())
def test_no_two_files_are_one_and_none_is_outside(paths: list[str], data: st.DataObject) -> None:
    """Whatever a server calls them: on a disk that does not tell case either, and in whatever order they are listed."""
    assets = []
    for number, path in enumerate(paths):
        folder, _, name = path.rpartition("/")
        asset_id = f"{number % 3:08x}-41a2-4f29-9bdb-{number:012x}"
        assets.append(WantedAsset(asset_id, folder, name, 0, 0, number))
    shuffled = data.draw(st.permutations(assets))
    placed = TreeNames(shuffled, lambda *_: False).paths
    assert placed == TreeNames(assets, lambda *_: False).paths
    made = [str(path).casefold() for path in placed.values()]
    folders = {str(parent).casefold() for path in placed.values() for parent in path.parents}
    assert len(set(made)) == len(assets)
    assert not folders.intersection(made)
    for target in placed.values():
        assert not target.is_absolute()
        for part in target.parts:
            assert part not in {"..", "."}
            assert not re.search(r"[\x00-\x1f/\\:]", part)
            assert not part.startswith(("-", "~", "."))
            assert len(part.encode()) <= 255
        assert PurePath(*target.parts) == target
