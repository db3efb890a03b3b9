"""The disk that forgets, on histories of a few events."""

from pathlib import Path
from random import Random

import pytest

from survival.power_cuts.disk import Choice, Fate, ForgetfulDisk, all_kept, all_lost, by_chance
from survival.power_cuts.history import ROOT, Change, History, Mark, Naming, Resize, Sync, Write

FOLDER, FILE, OTHER = 1, 2, 3
END = 1000
Event = Change | Sync | Mark


class Writer:
    """Makes events that follow each other."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    @property
    def now(self) -> int:
        return len(self.events)

    def name(self, *changes: tuple[int, str, int | None]) -> None:
        self.events.append(Naming(self.now, self.now, changes))

    def write(self, data: bytes, offset: int = 0) -> None:
        self.events.append(Write(self.now, self.now, FILE, offset, data))

    def resize(self, size: int) -> None:
        self.events.append(Resize(self.now, self.now, FILE, size))

    def sync(self, node: int) -> None:
        self.events.append(Sync(self.now, self.now, node, ""))

    def left(self, place: Path, choose: Choice = all_lost, cut: int = END, seed: int = 0) -> dict[str, bytes]:
        """The files that a power cut leaves."""
        history = History(self.events, frozenset({ROOT, FOLDER}), frozenset({OTHER}))
        ForgetfulDisk(history).after(cut, choose, Random(seed)).write_to(place / "left")
        files = (path for path in (place / "left").rglob("*") if path.is_file())
        return {str(path.relative_to(place / "left")): path.read_bytes() for path in files}


@pytest.fixture
def writer() -> Writer:
    """Has a file `a` that is durable, and empty."""
    made = Writer()
    made.name((ROOT, "a", FILE))
    made.sync(ROOT)
    return made


def test_bytes_need_a_sync_of_their_file(writer: Writer, tmp_path: Path) -> None:
    """Of what was written before it all is there, of what came later nothing needs to be."""
    writer.write(b"one")
    writer.sync(FILE)
    writer.write(b"two", 3)
    assert writer.left(tmp_path) == {"a": b"one"}


def test_a_kill_forgets_nothing(writer: Writer, tmp_path: Path) -> None:
    """What the system has is not lost with a process."""
    writer.write(b"one")
    writer.resize(2)
    assert writer.left(tmp_path, all_kept) == {"a": b"on"}


def test_a_sync_of_the_file_keeps_no_name(tmp_path: Path) -> None:
    """A new file is gone with all its bytes until its folder is synced."""
    writer = Writer()
    writer.name((ROOT, "a", FILE))
    writer.write(b"one")
    writer.sync(FILE)
    assert writer.left(tmp_path) == {}


def test_a_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    """The sync of a folder keeps the names in it, and not its own."""
    writer = Writer()
    writer.name((ROOT, "folder", FOLDER))
    writer.name((FOLDER, "a", FILE))
    writer.sync(FOLDER)
    assert writer.left(tmp_path) == {}


@pytest.mark.parametrize("synced", [ROOT, FOLDER])
def test_a_rename_is_one_step(synced: int, writer: Writer, tmp_path: Path) -> None:
    """Either name is there, never both or none, and a sync of either folder decides it."""
    writer.name((ROOT, "folder", FOLDER))
    writer.sync(ROOT)
    writer.name((ROOT, "a", None), (FOLDER, "b", FILE))
    assert writer.left(tmp_path) == {"a": b""}
    writer.sync(synced)
    (tmp_path / "later").mkdir()
    assert writer.left(tmp_path / "later") == {"folder/b": b""}


def test_a_sync_under_way_keeps_nothing(writer: Writer, tmp_path: Path) -> None:
    """Only one that has ended does, and only what was over when it began."""
    writer.write(b"one")
    writer.events += [Sync(3, 6, FILE, ""), Write(4, 5, FILE, 3, b"two")]
    assert writer.left(tmp_path, cut=6) == {"a": b""}
    (tmp_path / "later").mkdir()
    assert writer.left(tmp_path / "later", cut=7) == {"a": b"one"}


def test_nothing_happens_after_the_cut(writer: Writer, tmp_path: Path) -> None:
    """What had not begun is not there, even if it was synced later."""
    writer.write(b"one")
    writer.sync(FILE)
    assert writer.left(tmp_path, all_kept, cut=2) == {"a": b""}


def test_a_torn_write_has_whole_sectors(writer: Writer, tmp_path: Path) -> None:
    """Each sector is the new one or the old one; where nothing was, it may hold anything."""
    writer.write(b"o" * 4096)
    writer.sync(FILE)
    writer.write(b"n" * 4096)
    seen = set()
    for seed in range(20):
        (tmp_path / str(seed)).mkdir()
        torn = writer.left(tmp_path / str(seed), lambda _: Fate.TORN, seed=seed)["a"]
        sectors = [torn[at : at + 512] for at in range(0, 4096, 512)]
        assert set(sectors) <= {b"o" * 512, b"n" * 512}
        seen.add(len(set(sectors)))
    assert seen == {1, 2}


def test_chance_loses_something_and_keeps_something(writer: Writer, tmp_path: Path) -> None:
    """Writes that were not synced are lost in any order: a later one may be there without an earlier one."""
    writer.write(b"one")
    writer.write(b"two", 3)
    seen = set()
    for seed in range(40):
        (tmp_path / str(seed)).mkdir()
        seen.add(writer.left(tmp_path / str(seed), by_chance(Random(seed)), seed=seed)["a"])
    assert {b"", b"one", bytes(3) + b"two", b"onetwo"} <= seen


def test_shared_memory_leaves_anything(tmp_path: Path) -> None:
    """Nobody knows what is in a mapped file that was written to."""
    writer = Writer()
    writer.name((ROOT, "shm", OTHER))
    writer.events.append(Resize(1, 1, OTHER, 64))
    (left,) = writer.left(tmp_path, all_kept).values()
    assert len(left) == 64
    assert left != bytes(64)
