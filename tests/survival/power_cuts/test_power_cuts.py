"""The power goes, and the disk forgets what nobody has synced: `disk` says what that means.

What a real service did is recorded as system calls, with the moments at which people were told something. Then the
service is started on what may be left at any moment, and must know all that was told before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path
from random import Random
from typing import Final

import pytest

from survival.figures import Figures, Row
from survival.power_cuts.conftest import DATA, Recording
from survival.power_cuts.disk import Choice, ForgetfulDisk, all_kept, all_lost, by_chance
from survival.power_cuts.history import History
from survival.power_cuts.outage import Outages
from survival.scale import SCALE

SEED: Final = 1
SHARES: Final = 8 if SCALE.is_long else 1
"""Of the moments, each a test of its own, so that none runs for minutes."""
MOMENTS: Final = 100 if SCALE.is_long else 12
FORGOTTEN: Final = {
    "the bytes of a part": r"files/uploads/[^/]+/\d+-[0-9a-f]{16}",
    "the name of a part": r"files/uploads/[^/]+",
    "the names of parts that become a file": r"files/uploads/[^/]+/complete-[0-9a-f]+",
    "the rename that makes a file visible": r"files/blobs/..",
    "the folder of a new prefix": r"files/blobs",
    "the folder of a new upload": r"files/uploads",
    "the folders of the store": r"files",
    "PRAGMA synchronous OFF": r"emo\.sqlite3.*",
    "PRAGMA synchronous NORMAL": r"emo\.sqlite3-wal",
    "the bytes of secrets.env": r"\.secrets\.env\..*",
    "the names of secrets.env and the database": r"\.",
    "the data folder itself": r"\.\.(/\.\.)*",
}
"""Syncs that somebody may forget, by their paths as seen from the data folder."""


def moments(history: History) -> Iterator[tuple[int, Choice]]:
    """In the long form around each sync, and in any form seeded ones; each with something else that is kept."""
    random = Random(SEED)
    cuts = sorted({cut for sync in history.syncs for cut in (sync.begin, sync.end + 1)})
    if SCALE.is_long:
        yield from ((cut, choose) for cut in cuts for choose in (all_lost, all_kept, by_chance(random)))
    for _ in range(MOMENTS):
        yield random.choice(cuts), by_chance(random)
        yield random.randrange(cuts[0], cuts[-1]), by_chance(random)


async def test_what_was_told_is_there(recording: Recording, tmp_path: Path) -> None:
    """At the moment at which somebody is told something, it needs nothing that is not synced."""
    outages = Outages(recording.history, tmp_path / "left", DATA)
    for mark in recording.history.marks:
        assert await outages.broken_promise(mark.end + 1, all_lost, SEED) == ""


@dataclass
class Tried:
    """What all power cuts at any moment came to."""

    states: int = 0
    cuts: set[int] = field(default_factory=set)


@pytest.fixture(scope="module")
def tried(recording: Recording, figures: Figures) -> Iterator[Tried]:
    """Told at the end."""
    found = Tried()
    yield found
    figures.add(
        Row(
            place=60,
            done="power cuts under SQLite and a folder, on a model of a disk that forgets what was not synced",
            often=f"{found.states} states of the disk after {len(found.cuts)} moments",
            seen="nothing",
            back="at once",
            lost=f"0 of {len(recording.history.marks)} acknowledgements; uploads went on, files were whole",
        )
    )


@pytest.mark.parametrize("share", range(SHARES))
async def test_the_power_goes_at_any_moment(share: int, recording: Recording, tmp_path: Path, tried: Tried) -> None:
    """Whatever is left of what was under way, the service starts, keeps its promises, and uploads go on."""
    outages = Outages(recording.history, tmp_path / "left", DATA)
    for seed, (cut, choose) in enumerate(moments(recording.history)):
        if seed % SHARES == share:
            assert await outages.broken_promise(cut, choose, seed) == ""
            tried.cuts.add(cut)
    tried.states += len(outages.states)


@pytest.mark.parametrize("what", FORGOTTEN)
async def test_a_forgotten_sync_is_found(what: str, recording: Recording, tmp_path: Path) -> None:
    """A service that left out any one of its syncs would lose something that it had told somebody."""
    path = re.compile(FORGOTTEN[what])
    history = recording.history.without(lambda synced: path.fullmatch(relpath(synced, DATA)) is not None)
    outages = Outages(history, tmp_path / "left", DATA)
    for mark in history.marks:
        if await outages.broken_promise(mark.end + 1, all_lost, SEED):
            return
    pytest.fail("nobody missed it")


def test_the_model_knows_the_disk(recording: Recording, tmp_path: Path) -> None:
    """Where nothing is forgotten, the model has every file of the real folder, byte for byte."""
    disk = ForgetfulDisk(recording.history)
    disk.after(recording.history.events[-1].end + 1, all_kept, Random(SEED)).write_to(tmp_path / "left")
    assert contents(tmp_path / "left") == contents(recording.folder)


def contents(folder: Path) -> dict[str, bytes | None]:
    """All paths below a folder; None for folders."""
    return {str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes() for path in folder.rglob("*")}
