"""`emo sync`: one way, by path and content, and nothing is lost."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import grpc
import pytest

from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.sync.comparison import Comparison, compare
from emo_grpc.cli.assets.sync.going_down import GoingDown
from emo_grpc.cli.assets.sync.set_aside import SetAside
from emo_grpc.cli.assets.sync.sides import LocalFile, Sides
from emo_grpc.client.transfers.partial_file import part_path
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.cli.test_folder_downloads import Vault, found
from unit.cli.test_narrow_terminal import ANSI
from unit.client.fake_server import Failure, World

TRIP = Path("trip")


@pytest.fixture
def vault(world: World) -> Vault:
    return Vault(world)


@pytest.fixture
def trash(world: World) -> None:
    """The server has one."""
    world.trash_lifetime = timedelta(days=30)


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    for name in ("a.txt", "day 1/b.txt", "day 1/.hidden", "a:b.txt", "-c.txt"):
        path = tmp_path / TRIP / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / TRIP


def steps(emo: Emo, *arguments: str, code: int = 0) -> list[list[str]]:
    done = emo("sync", *arguments)
    assert done.exit_code == code, done.output
    return sorted(line.split("\t")[:2] for line in done.stdout.splitlines())


def in_vault(world: World) -> list[str]:
    found = [kept.asset for kept in world.assets.values() if not kept.asset.HasField("delete_time")]
    return sorted(f"{asset.folder}/{asset.file.name}" for asset in found)


SENT = [["send", f"trip/{name}"] for name in ("-c.txt", "a.txt", "a:b.txt", "day 1/b.txt")]


def test_up_and_again_and_down_does_nothing(ann: Emo, world: World, trip: Path) -> None:
    """Names that are others on the way do not make two of one; what is hidden stays here."""
    assert steps(ann, "trip", "--up", "--dry-run") == SENT
    assert world.assets == {}
    assert steps(ann, "trip", "--up") == SENT
    assert in_vault(world) == ["trip/-c.txt", "trip/a.txt", "trip/a:b.txt", "trip/day 1/b.txt"]
    calls = len(world.calls)
    assert steps(ann, "trip", "--up") == steps(ann, "trip/", "--down") == steps(ann, "./trip", "--up", "--delete") == []
    assert set(world.calls[calls:]) <= {"ListAssets", "GetMe", "GetServerInfo"}
    del trip


def test_down_and_again_and_up_does_nothing(ann: Emo, vault: Vault) -> None:
    """The folder is made; two of one name come under two names, and each is known again."""
    for path in ("trip/a.txt", "trip/day 1/b.txt", "trip/a:b.txt", "elsewhere/x.txt"):
        vault.store(path)
    vault.store("trip/a.txt", b"another")
    fetched = steps(ann, "trip", "--down")
    assert [action for action, _ in fetched] == 4 * ["fetch"]
    assert len(found(TRIP)) == 4
    before = dict(vault.world.assets)
    assert steps(ann, "trip", "--down") == steps(ann, "trip", "--up") == []
    assert vault.world.assets == before


@pytest.mark.usefixtures("trip", "trash")
def test_what_is_new_or_changed_goes_up(ann: Emo, world: World) -> None:
    """What only the vault has stays, which is said, until --delete moves it to the trash."""
    steps(ann, "trip", "--up")
    (TRIP / "a.txt").write_text("other")
    (TRIP / "day 1/b.txt").unlink()
    (TRIP / "new.txt").write_text("new")
    done = ann("sync", "trip", "--up")
    assert sorted(line.split("\t")[1] for line in done.stdout.splitlines()) == ["trip/a.txt", "trip/new.txt"]
    assert done.stderr == (
        "emo: 2 files only in the vault (1 of them what a file here was before): --delete moves them out of the way\n"
    )
    assert len(world.assets) == 6
    plan = steps(ann, "trip", "--up", "--delete", "--dry-run")
    assert plan == [["trash", "trip/a.txt"], ["trash", "trip/day 1/b.txt"]]
    assert steps(ann, "trip", "--up", "--delete") == plan
    assert in_vault(world) == ["trip/-c.txt", "trip/a.txt", "trip/a:b.txt", "trip/new.txt"]
    (sent,) = [
        kept for kept in world.assets.values() if kept.asset.title == "a" and kept.asset.asset_id not in world.trash
    ]
    assert bytes(sent.received) == b"other"


def test_what_was_changed_comes_down_as_it_is_now(ann: Emo, vault: Vault) -> None:
    """Elsewhere too it has its name, and what it was before has another one, which is told; nothing else is."""
    for content in (b"old", b"new"):
        vault.store("trip/a.txt", content)
    vault.store("trip/day 1/b.txt")
    done = ann("sync", "trip", "--down")
    assert (TRIP / "a.txt").read_bytes() == b"new"
    (other,) = TRIP.glob("a (*).txt")
    assert other.read_bytes() == b"old"
    assert done.stderr == "emo: 1 file has another name here than in the vault\n"


def contents() -> dict[str, str]:
    """By their paths below the folder, nothing that is hidden."""
    files = (path for path in TRIP.rglob("*") if path.is_file() and not str(path).startswith(f"{TRIP}/."))
    return {path.relative_to(TRIP).as_posix(): path.read_text() for path in files}


def test_an_earlier_content_makes_way_for_what_the_vault_says_now(ann: Emo, vault: Vault) -> None:
    """Where it is the vault's own, it is kept beside under its id; fetched is only the new one."""
    old = vault.store("trip/a.txt", b"old")
    steps(ann, "trip", "--down")
    vault.store("trip/a.txt", b"new")
    beside = f"a ({old[:8]}).txt"
    plan = steps(ann, "trip", "--down", "--dry-run")
    assert plan == [["fetch", "trip/a.txt"], ["move", "trip/a.txt"]]
    assert contents() == {"a.txt": "old"}
    done = ann("sync", "trip", "--down")
    assert "move\ttrip/a.txt\t3\ttrip/" + beside in done.stdout.splitlines()
    assert contents() == {"a.txt": "new", beside: "old"}
    assert not list(TRIP.glob(".emo-trash-*"))
    assert steps(ann, "trip", "--down") == steps(ann, "trip", "--up") == []


def test_a_tree_that_was_downloaded_is_known(ann: Emo, vault: Vault) -> None:
    """Though of equal names the first has the plain one there: nothing is sent, or called otherwise in the vault."""
    for content in (b"one", b"two"):
        vault.store("trip/a.txt", content)
    ann("download", "--folder", "trip", "-r", "-o", ".")
    assert len(contents()) == 2
    before = {asset_id: kept.asset.file.name for asset_id, kept in vault.world.assets.items()}
    assert steps(ann, "trip", "--up") == []
    assert {asset_id: kept.asset.file.name for asset_id, kept in vault.world.assets.items()} == before


@pytest.mark.usefixtures("trip")
def test_what_was_moved_here_moves_in_the_vault(ann: Emo, world: World) -> None:
    """It is the same asset under its new path, and nothing is sent again; a plan says so, too."""
    steps(ann, "trip", "--up")
    ids = {kept.asset.file.name: asset_id for asset_id, kept in world.assets.items()}
    (TRIP / "day 2").mkdir()
    (TRIP / "day 1/b.txt").rename(TRIP / "day 2/c.txt")
    assert steps(ann, "trip", "--up", "--dry-run") == [["move", "trip/day 1/b.txt"]]
    done = ann("sync", "trip", "--up")
    assert (done.stdout, done.stderr) == ("move\ttrip/day 1/b.txt\t11\ttrip/day 2/c.txt\n", "")
    moved = world.assets[ids["b.txt"]].asset
    assert (moved.folder, moved.file.name) == ("trip/day 2", "c.txt")
    assert len(world.assets) == 4
    assert steps(ann, "trip", "--up", "--delete") == []


@pytest.mark.usefixtures("trip")
def test_what_was_moved_in_the_vault_moves_here(ann: Emo, world: World) -> None:
    """Also in a circle, where each is in the other's way; nothing is fetched, and nothing is left aside."""
    steps(ann, "trip", "--up")
    assets = {kept.asset.file.name: kept.asset for kept in world.assets.values()}
    assets["a.txt"].folder, assets["a.txt"].file.name = "trip/day 1", "b.txt"
    assets["b.txt"].folder, assets["b.txt"].file.name = "trip", "a.txt"
    assets["-c.txt"].folder = "trip/day 3"
    plan = [["move", f"trip/{name}"] for name in ("-c.txt", "a.txt", "day 1/b.txt")]
    assert steps(ann, "trip", "--down", "--dry-run") == plan
    calls = len(world.calls)
    assert steps(ann, "trip", "--down") == plan
    assert "DownloadAsset" not in world.calls[calls:]
    assert contents() == {
        "a.txt": "day 1/b.txt", "day 1/b.txt": "a.txt", "day 3/_c.txt": "-c.txt", "a:b.txt": "a:b.txt",
        "day 1/.hidden": "day 1/.hidden",
    }  # fmt: skip
    assert not list(TRIP.glob(".emo-trash-*"))
    assert steps(ann, "trip", "--down") == steps(ann, "trip", "--up") == []


@pytest.mark.usefixtures("trip")
def test_a_file_makes_way_for_a_folder_of_its_name(ann: Emo, world: World) -> None:
    """Into which it moves, or where it is nothing of the vault's and is set aside."""
    steps(ann, "trip", "--up")
    assets = {kept.asset.file.name: kept.asset for kept in world.assets.values()}
    assets["a.txt"].folder, assets["-c.txt"].folder = "trip/a.txt/day 4", "trip/mine"
    (TRIP / "mine").write_text("mine")
    (TRIP / "-c.txt").unlink()
    assert steps(ann, "trip", "--down") == [
        ["fetch", "trip/mine/_c.txt"],
        ["move", "trip/a.txt"],
        ["set aside", "trip/mine"],
    ]
    there = contents()
    assert (there["a.txt/day 4/a.txt"], there["mine/_c.txt"]) == ("a.txt", "-c.txt")
    (aside,) = TRIP.glob(".emo-trash-*")
    assert found(aside) == ["mine"]
    assert (aside / "mine").read_text() == "mine"


@pytest.mark.usefixtures("trip")
def test_a_folder_makes_way_for_a_file_of_its_name(ann: Emo, world: World) -> None:
    """With all that is in it, but for what the vault has elsewhere by now."""
    steps(ann, "trip", "--up")
    assets = {kept.asset.file.name: kept.asset for kept in world.assets.values()}
    assets["b.txt"].folder, assets["a.txt"].file.name = "trip/mine", "day 1"
    (TRIP / "day 1/mine").write_text("mine")
    planned = [["move", "trip/a.txt"], ["move", "trip/day 1/b.txt"], ["set aside", "trip/day 1"]]
    assert steps(ann, "trip", "--down", "--dry-run") == planned
    assert steps(ann, "trip", "--down", "--delete") == planned
    there = contents()
    assert (there["day 1"], there["mine/b.txt"]) == ("a.txt", "day 1/b.txt")
    (aside,) = TRIP.glob(".emo-trash-*")
    assert found(aside) == ["day 1/.hidden", "day 1/mine"]
    assert steps(ann, "trip", "--down") == []


@pytest.mark.usefixtures("trip")
def test_nothing_is_left_of_a_folder_that_only_made_way(ann: Emo, world: World) -> None:
    """As all that was in it has another path in the vault."""
    (TRIP / "day 1/.hidden").unlink()
    steps(ann, "trip", "--up")
    assets = {kept.asset.file.name: kept.asset for kept in world.assets.values()}
    assets["b.txt"].folder, assets["a.txt"].file.name = "trip/mine", "day 1"
    done = ann("sync", "trip", "--down")
    assert (done.exit_code, done.stderr) == (0, "")
    assert not list(TRIP.glob(".emo-trash-*"))
    assert (contents()["day 1"], contents()["mine/b.txt"]) == ("a.txt", "day 1/b.txt")


def unfinished(vault: Vault, path: str) -> Path:
    """A download of what the vault has there that was broken off; its part."""
    asset = WantedAsset.of(vault.world.assets[vault.store(path, os.urandom(3_000_000))].asset)
    vault.world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=2_000_000)]
    return part_path(Path(path), asset.identity)


def test_a_download_that_was_broken_off_is_no_file(ann: Emo, vault: Vault, trash: None) -> None:
    """It goes on, also with --delete, and is sent to nobody."""
    part = unfinished(vault, "trip/big.bin")
    steps(ann, "trip", "--down", code=3)
    assert part.exists()
    (TRIP / "a.txt").write_text("a")
    assert steps(ann, "trip", "--up") == [["send", "trip/a.txt"]]
    vault.world.offsets.clear()
    assert steps(ann, "trip", "--down", "--delete") == [["fetch", "trip/big.bin"]]
    assert vault.world.offsets == [2_000_000]
    assert found(TRIP) == ["a.txt", "big.bin"]
    del trash


def test_a_download_that_nothing_goes_on_with_is_set_aside(ann: Emo, vault: Vault) -> None:
    """As its asset is not in the vault any more."""
    part = unfinished(vault, "trip/big.bin")
    steps(ann, "trip", "--down", code=3)
    vault.world.assets.clear()
    vault.store("trip/a.txt")
    steps(ann, "trip", "--down")
    assert part.exists()
    assert steps(ann, "trip", "--down", "--delete") == [["set aside", str(part)]]
    assert steps(ann, "trip", "--down", "--delete") == []


@pytest.mark.usefixtures("trip")
def test_an_earlier_content_makes_way_for_a_folder(ann: Emo, vault: Vault) -> None:
    """Both are in the vault, and so both are here."""
    steps(ann, "trip", "--up")
    vault.store("trip/a.txt/x.txt", b"x")
    assert ["move", "trip/a.txt"] in steps(ann, "trip", "--down")
    there = contents()
    assert there.pop("a.txt/x.txt") == "x"
    assert "a.txt" in there.values()
    assert steps(ann, "trip", "--down") == []


@pytest.mark.usefixtures("trip")
def test_a_move_that_is_cut_off_loses_nothing(ann: Emo, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of its renames every content is still somewhere in the folder, and the next run ends it."""
    steps(ann, "trip", "--up")
    assets = {kept.asset.file.name: kept.asset for kept in world.assets.values()}
    assets["a.txt"].folder, assets["a.txt"].file.name = "trip/day 1", "b.txt"
    assets["b.txt"].folder, assets["b.txt"].file.name = "trip", "a.txt"
    before = sorted(path.read_text() for path in TRIP.rglob("*.txt"))
    for allowed in range(8):
        left = iter(range(allowed))

        # Any: whatever the step takes.
        def cut(step: Callable[..., None], *arguments: Any, **options: Any) -> None:
            if next(left, None) is None:  # noqa: B023 - it is called in this turn only
                raise KeyboardInterrupt
            step(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, "link", partial(cut, os.link))
            patch.setattr(os, "unlink", partial(cut, os.unlink))
            ann("sync", "trip", "--down")
        assert set(before) <= {path.read_text() for path in TRIP.rglob("*.txt")}
    steps(ann, "trip", "--down")
    assert (contents()["a.txt"], contents()["day 1/b.txt"]) == ("day 1/b.txt", "a.txt")


@pytest.mark.usefixtures("trip")
def test_nothing_is_taken_for_moved_while_not_all_is_seen(ann: Emo, world: World) -> None:
    """What can't be read may be what lies at the other path; empty files are all alike anyway."""
    (TRIP / "empty").touch()
    steps(ann, "trip", "--up")
    (TRIP / "a.txt").rename(TRIP / "z.txt")
    (TRIP / "empty").rename(TRIP / "void")
    (TRIP / "broken").symlink_to("nowhere")
    assert steps(ann, "trip", "--up", code=10) == [["send", "trip/void"], ["send", "trip/z.txt"]]
    assert len(world.assets) == 7


@pytest.mark.usefixtures("trip")
def test_what_the_vault_does_not_have_is_set_aside_at_most(ann: Emo, vault: Vault) -> None:
    """A file that is in the way at once, the others with --delete; each keeps its path there."""
    vault.store("trip/a.txt", b"of the vault")
    first = ann("sync", "trip", "--down")
    assert sorted(line.split("\t")[:2] for line in first.stdout.splitlines()) == [
        ["fetch", "trip/a.txt"],
        ["set aside", "trip/a.txt"],
    ]
    assert (TRIP / "a.txt").read_bytes() == b"of the vault"
    (aside,) = TRIP.glob(".emo-trash-*")
    assert found(aside) == ["a.txt"]
    assert (aside / "a.txt").read_text() == "a.txt"
    assert "3 files only in trip: --delete" in ann("sync", "trip", "--down").stderr
    moved = steps(ann, "trip", "--down", "--delete")
    assert moved == [["set aside", f"trip/{name}"] for name in ("-c.txt", "a:b.txt", "day 1/b.txt")]
    assert sorted(path.name for path in TRIP.iterdir() if not path.name.startswith(".")) == ["a.txt", "day 1"]
    assert (TRIP / "day 1" / ".hidden").exists()
    kept = [Path(path).name for aside in TRIP.glob(".emo-trash-*") for path in found(aside)]
    assert sorted(kept) == ["-c.txt", "a.txt", "a:b.txt", "b.txt"]
    assert steps(ann, "trip", "--up") == []


@pytest.mark.usefixtures("trip")
def test_nothing_is_deleted_for_what_can_not_be_seen(ann: Emo, vault: Vault, trash: None) -> None:
    """A disk that is away, a folder that can't be read, a file that is not complete, a server without a trash."""
    del trash
    steps(ann, "trip", "--up")
    vault.world.unreadable.append("7035095b-41a2-4f29-9bdb-85e84eadae56")
    (TRIP / "mine.txt").write_text("mine")
    assert steps(ann, "trip", "--down", "--delete", code=9) == []
    vault.world.unreadable.clear()
    (TRIP / "mine.txt").unlink()
    (TRIP / "broken").symlink_to("nowhere")
    (TRIP / "a.txt").unlink()
    assert steps(ann, "trip", "--up", "--delete", code=10) == []
    Path("empty").mkdir()
    kept = ann("sync", "empty", "--folder", "trip", "--up", "--delete")
    assert "there is nothing on the side that others follow" in kept.stderr
    assert len(vault.world.assets) == 4


@pytest.mark.usefixtures("trip", "trash")
def test_nothing_is_deleted_when_not_all_was_sent(ann: Emo, world: World) -> None:
    """Since the earlier version may be the only one then."""
    steps(ann, "trip", "--up")
    changed = ["trip/a.txt", "trip/day 1/b.txt"]
    for path in changed:
        Path(path).write_text("other")
    world.failures["CreateAsset"] = 2 * [Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "bad title")]
    assert steps(ann, "trip", "--up", "--delete", code=6) == [["failed", path] for path in changed]
    assert world.trash == []


@pytest.mark.usefixtures("trip", "trash")
def test_nothing_is_deleted_when_not_all_was_moved(ann: Emo, world: World) -> None:
    """What failed is told by the exit code, and the rest stays until all is well."""
    steps(ann, "trip", "--up")
    (TRIP / "a.txt").rename(TRIP / "z.txt")
    (TRIP / "day 1/b.txt").unlink()
    world.failures["UpdateAsset"] = [Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "bad name")]
    assert steps(ann, "trip", "--up", "--delete", code=6) == []
    assert world.trash == []


@pytest.mark.usefixtures("trip")
def test_a_server_without_a_trash_is_asked_to_delete_nothing(ann: Emo, world: World) -> None:
    """Since it would destroy it."""
    steps(ann, "trip", "--up")
    (TRIP / "a.txt").unlink()
    kept = ann("sync", "trip", "--up", "--delete")
    assert kept.stderr == "emo: 1 file only in the vault, and stay there: this server has no trash\n"
    assert len(world.assets) == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("trip",), 2),
        (("trip", "--up", "--down"), 2),
        (("/", "--up"), 2),
        (("nowhere", "--up"), 10),
        (("file", "--down"), 10),
    ],
)
def test_what_makes_no_sense_is_refused(ann: Emo, world: World, arguments: tuple[str, ...], code: int) -> None:
    """Before anything is done."""
    Path("file").write_text("x")
    TRIP.mkdir()
    assert ann("sync", *arguments).exit_code == code
    assert "ListAssets" not in world.calls


def test_another_folder_of_the_vault(ann: Emo, world: World, trip: Path) -> None:
    """Also its top."""
    assert len(steps(ann, str(trip), "--up", "--folder", "Family/2026")) == 4
    assert {kept.asset.folder for kept in world.assets.values()} == {"Family/2026", "Family/2026/day 1"}
    assert len(steps(ann, "copy", "--down", "--folder", "/")) == 4
    assert Path("copy/Family/2026/day 1/b.txt").read_text() == "day 1/b.txt"


def told(terminal: Terminal, *arguments: str) -> tuple[list[str], str]:
    """What stands before each file in the table, and the sum."""
    lines = ANSI.sub("", terminal.run("sync", *arguments)[1]).splitlines()
    rows = [line for line in lines if "trip/" in line]
    sums = [line for line in lines if line.endswith("the same.")]
    return [row.split("  ")[0].strip() for row in rows], "".join(sums)


@pytest.mark.usefixtures("trash")
def test_a_person_is_told_what_was_done(terminal: Terminal, trip: Path) -> None:
    """In a table and a sum; and before it what would be, in other words."""
    assert told(terminal, "trip", "--up", "--dry-run") == (
        4 * ["send"],
        "Nothing was done. It would send 4; 0 the same.",
    )
    assert told(terminal, "trip", "--up") == (4 * ["sent"], "4 sent, 0 the same.")
    assert told(terminal, "trip", "--up") == ([], "4 the same.")
    (trip / "a.txt").rename(trip / "z.txt")
    (trip / "-c.txt").unlink()
    changed = ("trip", "--up", "--delete")
    plan = "Nothing was done. It would move 1, move 1 to the trash; 2 the same."
    assert told(terminal, *changed, "--dry-run") == (["move", "trash"], plan)
    assert told(terminal, *changed) == (["moved", "moved to the trash"], "1 moved, 1 moved to the trash, 2 the same.")
    (trip / "z.txt").write_text("other")
    plan = "Nothing was done. It would fetch 1, set 1 aside; 2 the same."
    assert told(terminal, "trip", "--down", "--dry-run")[1] == plan
    assert told(terminal, "trip", "--down")[1] == "1 fetched, 1 set aside, 2 the same."


def cake(asset_id: str, size: int) -> WantedAsset:
    return WantedAsset(asset_id, "", "cake.jpg", size, 0, 0)


def test_of_what_can_not_be_read_nothing_is_known(tmp_path: Path) -> None:
    """Neither the file nor an asset that it may be is taken for one that the other side lacks."""
    gone, asset = LocalFile(tmp_path / "cake.jpg", PurePath("cake.jpg"), "", "cake.jpg", 4), cake("a", 4)
    found = compare(Sides([gone], [asset], {"a": PurePath("cake.jpg")}))
    assert [file for file, _ in found.unread] == [gone]
    assert (found.only_here, found.only_there, found.same) == ([], [], 0)


def test_nothing_is_fetched_to_where_a_file_is_that_both_have(tmp_path: Path) -> None:
    """An asset whose place another one's file has gets a name with its id."""
    asset, other = cake("0191e3a0-0000-7000-8000-000000000001", 4), cake("b", 4)
    place = PurePath("cake.jpg")
    sides = Sides([], [asset], {asset.asset_id: place, "b": place})
    file = LocalFile(tmp_path / "cake.jpg", place, "", "cake.jpg", 4)
    compared = Comparison(only_there=[asset], pairs=[(file, other)])
    remote: Any = None  # nothing is asked of a server for a plan
    aside = SetAside(tmp_path, datetime(2026, 3, 4, tzinfo=UTC))
    going = GoingDown(remote, tmp_path, sides, compared, aside, deletes=False)
    assert [Path(step.path).name for step in going.plan()] == [f"cake ({asset.asset_id}).jpg"]
