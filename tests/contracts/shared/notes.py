"""The smallest context there can be, on every engine: notes that have an id and a text."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from pymongo import IndexModel

from databases import opened
from emo_grpc.bootstrap.observing.ports import observed_port
from emo_grpc.bootstrap.observing.units import observed_units
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.outbox import INDEXES as OUTBOX_INDEXES
from emo_grpc.shared.adapters.mongo.outbox import MongoOutbox
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.mongo.unit_of_work import INDEXES as UNIT_OF_WORK_INDEXES
from emo_grpc.shared.adapters.mongo.unit_of_work import MongoUnitOfWork
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.adapters.sqlite.unit_of_work import SqliteUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.outbox import Outbox, Subscriptions
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork
from mongod import empty_database
from observers import Watcher

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COLLECTIONS: dict[str, list[IndexModel]] = {"notes": [], **OUTBOX_INDEXES, **UNIT_OF_WORK_INDEXES}
NOTES_SCHEMA = "CREATE TABLE IF NOT EXISTS notes (note_id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;"
SCHEMAS = (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, NOTES_SCHEMA)


@dataclass(frozen=True, slots=True)
class NoteWritten(Event):
    """A note was written."""

    note_id: UUID
    text: str


SUBSCRIPTIONS: Subscriptions = {NoteWritten: ("first", "second")}


@dataclass(slots=True, kw_only=True)
class Note(Aggregate):
    """A text."""

    note_id: UUID
    text: str


class Notes(Protocol):
    """The repository."""

    async def write(self, note: Note) -> None: ...

    async def read(self, note_id: UUID) -> str | None: ...


class NotesUnitOfWork(UnitOfWork, Protocol):
    """With notes."""

    notes: Notes


class SqliteNotes:
    def __init__(self, transaction: SqliteTransaction, track: Track) -> None:
        self._transaction, self._track = transaction, track

    async def write(self, note: Note) -> None:
        values = (str(note.note_id), note.text)
        await self._transaction.run(lambda connection: connection.execute("INSERT INTO notes VALUES (?, ?)", values))
        self._track(note)

    async def read(self, note_id: UUID) -> str | None:
        return await self._transaction.run(lambda connection: text_of(connection, note_id))


def text_of(connection: sqlite3.Connection, note_id: UUID) -> str | None:
    row = connection.execute("SELECT text FROM notes WHERE note_id = ?", (str(note_id),)).fetchone()
    return row[0] if row else None


class MongoNotes:
    def __init__(self, transaction: MongoTransaction, track: Track) -> None:
        self._transaction, self._track = transaction, track
        self._notes = transaction.collection("notes")

    async def write(self, note: Note) -> None:
        document = {"_id": str(note.note_id), "text": note.text}
        with translated():
            await self._notes.replace_one(
                {"_id": document["_id"]}, document, upsert=True, session=self._transaction.session
            )
        self._track(note)

    async def read(self, note_id: UUID) -> str | None:
        with translated():
            found = await self._notes.find_one({"_id": str(note_id)}, session=self._transaction.session)
        return found["text"] if found else None


class SqliteNotesUnitOfWork(SqliteUnitOfWork[None]):
    notes: Notes

    def _open_repositories(self, transaction: SqliteTransaction, track: Track) -> None:
        self.notes = SqliteNotes(transaction, track)


class MongoNotesUnitOfWork(MongoUnitOfWork[None]):
    notes: Notes

    def _open_repositories(self, transaction: MongoTransaction, track: Track) -> None:
        self.notes = MongoNotes(transaction, track)


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: how to begin a unit of work, and its outbox."""

    unit: Callable[[], NotesUnitOfWork]
    outbox: Outbox


@asynccontextmanager
async def in_memory_engine() -> AsyncIterator[Engine]:
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        yield engine_on(database)


@asynccontextmanager
async def watched_engine() -> AsyncIterator[Engine]:
    """As `in_memory_engine`, with somebody who watches; who sees the end of all that has begun."""
    watcher = Watcher()
    async with in_memory_engine() as engine:
        units = observed_units(engine.unit, "notes", "SQLite", watcher)
        yield Engine(units, observed_port(engine.outbox, "outbox", "SQLite", watcher))
    assert len(watcher.begun) == len(watcher.ended)


@asynccontextmanager
async def sqlite_engine(folder: Path) -> AsyncIterator[Engine]:
    async with opened(notes_database(folder)) as database:
        yield engine_on(database)


@asynccontextmanager
async def mongo_engine(url: str) -> AsyncIterator[Engine]:
    async with empty_database(url, "emo_notes", COLLECTIONS) as database:
        yield mongo_engine_on(database)


@asynccontextmanager
async def opened_mongo(url: str) -> AsyncIterator[MongoDatabase]:
    made = MongoDatabase(url, "emo_notes")
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def mongo_engine_on(database: MongoDatabase) -> Engine:
    codec = EventCodec(SUBSCRIPTIONS)
    return Engine(
        lambda: MongoNotesUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, None), MongoOutbox(database, codec)
    )


def notes_database(folder: Path) -> SqliteDatabase:
    return SqliteDatabase(folder / "notes.sqlite3", SCHEMAS)


def engine_on(database: SqliteDatabase) -> Engine:
    codec = EventCodec(SUBSCRIPTIONS)
    return Engine(
        lambda: SqliteNotesUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, None), SqliteOutbox(database, codec)
    )


def note(text: str = "x") -> Note:
    made = Note(note_id=uuid4(), text=text)
    made.record(NoteWritten(note_id=made.note_id, text=text))
    return made


async def write(engine: Engine, *notes: Note) -> None:
    async with engine.unit() as unit:
        for each in notes:
            await unit.notes.write(each)
        await unit.commit()


async def read(engine: Engine, note_id: UUID) -> str | None:
    async with engine.unit() as unit:
        return await unit.notes.read(note_id)
