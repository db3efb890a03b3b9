"""No upload fails because it can't be remembered, and none is forgotten because its file was renamed."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from emo_grpc.cli.assets.uploads.journal_file import NAME, SET_ASIDE, open_journal
from emo_grpc.cli.assets.uploads.upload_journal import Entry, FileVersion, UploadJournal
from unit.cli.conftest import Emo
from unit.client.fake_server import PART_BYTES, Failure, World

DATA = os.urandom(4_000_001)
NOT_REMEMBERED = "emo: what is uploaded now is not remembered, and begins anew if it is broken off: "


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    path = tmp_path / "beach.mp4"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def journal(ann: Emo, config: Path, tmp_path: Path) -> Path:
    """A journal that has an upload in it."""
    (tmp_path / "before").write_bytes(b"before")
    assert ann("upload", "before").exit_code == 0
    return config / NAME


def break_off(world: World) -> None:
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, "UPLOAD_SUPERSEDED", after=3_500_000)]


def overwrite(journal: Path) -> None:
    journal.write_bytes(b"this is no database, and never was" * 1000)


def truncate(journal: Path) -> None:
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(journal, journal.stat().st_size - 4096)


def damage_a_page(journal: Path) -> None:
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with journal.open("r+b") as stream:
        stream.seek(-4096, os.SEEK_END)
        stream.write(os.urandom(4096))


def damage_a_page_behind_the_first_rows(journal: Path) -> None:
    rows = [(os.urandom(500), int(time.time())) for _ in range(100)]
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.executemany("INSERT INTO uploads VALUES ('', '', ?, 0, 0, '', '', 0, ?, '')", rows)
    damage_a_page(journal)


def shape_otherwise(journal: Path) -> None:
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("DROP TABLE uploads")
        connection.execute("CREATE TABLE uploads (name TEXT)")


@pytest.mark.parametrize(
    "spoil", [overwrite, truncate, damage_a_page, damage_a_page_behind_the_first_rows, shape_otherwise]
)
def test_a_journal_that_is_none_is_set_aside(ann: Emo, beach: Path, journal: Path, spoil: object) -> None:
    """In one line; from then on everything is remembered again."""
    assert callable(spoil)
    spoil(journal)
    done = ann("upload", str(beach))
    assert done.exit_code == 0
    assert done.stderr == (
        f"emo: {journal} was damaged and is now {SET_ASIDE}: uploads that were broken off begin anew\n"
    )
    assert (journal.parent / SET_ASIDE).exists()
    again = ann("upload", str(beach))
    assert (again.stdout, again.stderr) == (done.stdout.replace("new", "there"), "")


def test_a_journal_is_set_aside_with_what_sqlite_keeps_beside_it(ann: Emo, beach: Path, journal: Path) -> None:
    """Another process that has it open, and its last rows not in the file itself yet, loses none of them."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as other:
        other.execute("DROP TABLE uploads")
        other.execute("CREATE TABLE uploads (name TEXT)")
        other.execute("INSERT INTO uploads VALUES ('kept')")
        assert ann("upload", str(beach)).exit_code == 0
        assert not list(journal.parent.glob(f"{NAME}-*"))
        with closing(sqlite3.connect(journal.parent / SET_ASIDE)) as found:
            assert found.execute("SELECT name FROM uploads").fetchall() == [("kept",)]


def test_a_journal_is_closed_to_others(journal: Path) -> None:
    """Also in a folder that is open to them: it tells what somebody has."""
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600


def test_a_journal_of_a_newer_emo_is_left_alone(ann: Emo, beach: Path, journal: Path) -> None:
    """Whoever goes back to the newer one finds everything."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 1")
    before = journal.read_bytes()
    done = ann("upload", str(beach))
    assert (done.exit_code, done.stderr) == (0, f"{NOT_REMEMBERED}{journal}: a newer emo has written it\n")
    assert journal.read_bytes() == before


@pytest.fixture
def held(journal: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """By another process that does not let go."""
    monkeypatch.setattr("emo_grpc.cli.assets.uploads.journal_file.LOCK_SECONDS", 0.01)
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.usefixtures("held")
def test_a_journal_that_somebody_holds_is_not_waited_for_forever(ann: Emo, world: World, beach: Path) -> None:
    """All files are uploaded, and one line says that nothing is remembered."""
    done = ann("upload", str(beach), "before")
    assert (done.exit_code, done.stderr) == (0, f"{NOT_REMEMBERED}database is locked\n")
    assert len(world.assets) == 3


def test_a_folder_that_takes_no_journal(ann: Emo, beach: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path is named."""
    opened = os.open

    def refuse(path: object, *more: int) -> int:
        if path == journal:
            raise OSError(30, "Read-only file system", str(path))
        return opened(path, *more)  # type: ignore[arg-type]  # whatever else is opened

    monkeypatch.setattr("emo_grpc.cli.assets.uploads.journal_file.os.open", refuse)
    done = ann("upload", str(beach))
    assert (done.exit_code, done.stderr) == (0, f"{NOT_REMEMBERED}{journal}: Read-only file system\n")


def test_a_disk_that_is_full_keeps_nobody_from_uploading(ann: Emo, beach: Path, journal: Path) -> None:
    """Nor does anything else that SQLite may say in the middle."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON uploads BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    done = ann("upload", str(beach))
    assert (done.exit_code, done.stderr) == (0, f"{NOT_REMEMBERED}disk is full\n")


def test_a_file_that_was_renamed_goes_on(ann: Emo, world: World, beach: Path, tmp_path: Path) -> None:
    """With the same asset and what it has, which is said; after that it is known by its new name."""
    break_off(world)
    assert ann("upload", str(beach)).exit_code == 5
    (asset_id,) = world.assets
    (tmp_path / "sub").mkdir()
    moved = tmp_path / "sub" / "sea.mp4"
    beach.rename(moved)
    done = ann("upload", str(moved))
    assert (done.exit_code, done.stdout) == (0, f"{asset_id}\t{moved}\tnew\t{len(DATA)}\n")
    assert done.stderr == f"emo: {beach} is {moved} now: its upload goes on as asset {asset_id}\n"
    assert bytes(world.assets[asset_id].received) == DATA
    assert world.offsets == [0, 2 * PART_BYTES]
    assert ann("upload", str(moved)).stderr == ""
    assert len(world.assets) == 1


def test_a_copy_is_a_file_of_its_own(ann: Emo, world: World, beach: Path, tmp_path: Path) -> None:
    """As long as the first one is there, the second gets another asset."""
    break_off(world)
    assert ann("upload", str(beach)).exit_code == 5
    copy = tmp_path / "copy.mp4"
    shutil.copy2(beach, copy)
    done = ann("upload", str(copy))
    assert (done.exit_code, done.stderr) == (0, "")
    assert ann("upload", str(beach)).exit_code == 0
    assert [bytes(stored.received) == DATA for stored in world.assets.values()] == [True, True]


def test_two_files_that_look_the_same_are_never_mixed(ann: Emo, world: World, beach: Path, tmp_path: Path) -> None:
    """The checksum of the whole tells, and the right bytes are sent from the start."""
    break_off(world)
    assert ann("upload", str(beach)).exit_code == 5
    other, looks = tmp_path / "other.mp4", beach.stat()
    other.write_bytes(DATA[::-1])
    os.utime(other, ns=(looks.st_atime_ns, looks.st_mtime_ns))
    beach.unlink()
    assert ann("upload", str(other)).exit_code == 0
    (stored,) = world.assets.values()
    assert bytes(stored.received) == DATA[::-1]
    assert world.offsets == [0, 2 * PART_BYTES, 0]


def test_a_file_is_looked_up_without_reading_all_that_was_sent(tmp_path: Path) -> None:
    """It takes as many steps of SQLite's machine among a thousand as among none."""
    with open_journal(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as connection:
        journal = UploadJournal(connection)
        steps: list[int] = []
        version = FileVersion("server", "ann", b"new", 7, 7)
        for sent in (0, 1000):
            for number in range(sent):
                done = FileVersion("server", "ann", b"%d" % number, number, number)
                journal.store(done, Entry.new().with_asset("an id").completed())
            connection.set_progress_handler(lambda: steps.append(1), 1)
            found = (journal.find(version), journal.unfinished_before(version), journal.unfinished_elsewhere(version))
            connection.set_progress_handler(None, 1)
            assert found == (None, [], [])
            assert len(steps) < 500
            steps.clear()
