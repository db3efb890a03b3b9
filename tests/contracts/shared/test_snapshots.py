"""Copies of what a database had at one moment, while others write."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from databases import opened
from emo_grpc.shared.adapters.mongo.snapshot import MongoSnapshot
from emo_grpc.shared.adapters.sqlite import snapshot
from emo_grpc.shared.adapters.sqlite.snapshot import copy_database
from emo_grpc.shared.adapters.sqlite.unsynced import UnsyncedSqliteDatabase
from emo_grpc.shared.domain.errors import Unavailable
from mongod import empty_database

from .notes import COLLECTIONS, SCHEMAS, engine_on, mongo_engine_on, note, notes_database, read, write


def test_a_copy_is_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who writes after every page neither gets into it nor keeps it from its end; it is for its owner only."""
    path = tmp_path / "emo.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.executescript("PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT)")
        writer.executemany("INSERT INTO notes VALUES (?)", [("z" * 4_000,)] * 20)

        class Interrupted(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **_: object) -> None:
                def write(*_: int) -> None:
                    assert count(path) < 1_000, "it begins anew with every write"
                    writer.execute("INSERT INTO notes VALUES ('later')")

                super().backup(target, pages=1, progress=write)

        monkeypatch.setattr(snapshot, "sqlite3", Replaced(partial(sqlite3.connect, factory=Interrupted)))
        mask = os.umask(0)
        try:
            copy_database(path, tmp_path / "copy")
        finally:
            os.umask(mask)
        assert count(path) > count(tmp_path / "copy") == 20
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


@dataclass(frozen=True)
class Replaced:
    """What stands for the module."""

    connect: Callable[..., sqlite3.Connection]


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM notes").fetchone()
        return int(found)


async def test_a_copy_takes_no_place_of_another(tmp_path: Path) -> None:
    """A file that is there is not written over."""
    async with opened(notes_database(tmp_path)):
        (tmp_path / "copy").touch()
        with pytest.raises(FileExistsError):
            copy_database(tmp_path / "notes.sqlite3", tmp_path / "copy")


async def test_a_copy_that_was_worked_on_is_one_file(tmp_path: Path) -> None:
    """What is written to it while it is nobody's is in the file itself when it is closed, and nowhere beside it."""
    path = tmp_path / "alone" / "copy"
    async with opened(UnsyncedSqliteDatabase(path, SCHEMAS)) as database:
        await write(engine_on(database), written := note())
        await database.read(lambda connection: connection.execute("SELECT 1 FROM notes").fetchall())
    assert [found.name for found in path.parent.iterdir()] == ["copy"]
    async with opened(UnsyncedSqliteDatabase(path, SCHEMAS)) as database:
        assert await read(engine_on(database), written.note_id) == "x"


async def test_a_snapshot_stays_as_it_was(mongod_url: str) -> None:
    """Queries and units of work see the moment when it was taken, whatever comes later; nothing can be changed."""
    async with empty_database(mongod_url, "emo_notes", COLLECTIONS) as database:
        before, after = note(), note()
        await write(mongo_engine_on(database), before)
        source = MongoSnapshot(mongod_url, "emo_notes")

        async def add_elsewhere() -> None:
            await write(mongo_engine_on(database), after)

        adding = asyncio.Event()
        added = asyncio.create_task(_when(adding, add_elsewhere()))
        async with source.taken("notes"):
            adding.set()
            await asyncio.wait([added])
            engine = mongo_engine_on(source)
            assert await read(engine, before.note_id) == "x"
            assert await asyncio.create_task(read(engine, after.note_id)) is None
            found = await source.collection("notes").find({}).to_list()
            assert [each["_id"] for each in found] == [str(before.note_id)]
            with pytest.raises(TypeError, match="a snapshot can't be changed"):
                async with source.transaction() as transaction:
                    await transaction.commit()
        with pytest.raises(Unavailable):
            await source.ping()
        assert await read(mongo_engine_on(database), after.note_id) == "x"


async def _when(event: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    await event.wait()
    await work
