"""The trails that the contract suite runs over."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from databases import dumped, opened
from emo_grpc.audit.adapters.mongo.archive import MongoAuditArchive
from emo_grpc.audit.adapters.mongo.schema import INDEXES
from emo_grpc.audit.adapters.mongo.unit_of_work import MongoAuditUnitOfWork
from emo_grpc.audit.adapters.mongo.views import MongoAuditViews
from emo_grpc.audit.adapters.sqlite.archive import SqliteAuditArchive
from emo_grpc.audit.adapters.sqlite.unit_of_work import SqliteAuditUnitOfWork
from emo_grpc.audit.adapters.sqlite.views import SqliteAuditViews
from emo_grpc.audit.domain.selection import Selection
from emo_grpc.audit.service_layer.archive import AuditArchive
from emo_grpc.audit.service_layer.unit_of_work import AuditUnits
from emo_grpc.audit.service_layer.views import AuditEvent, AuditViews
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.outbox import INDEXES as OUTBOX_INDEXES
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA
from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditEntry, AuditKind, Origin
from emo_grpc.shared.domain.ids import UserId
from mongod import empty_database

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SCHEMAS = (OUTBOX_SCHEMA, SCHEMA)
COLLECTIONS = {**OUTBOX_INDEXES, **INDEXES}
ANN, BEN = UserId.new(), UserId.new()
SERVICE = Actor(ActorKind.SERVICE, uuid4())
OPERATOR = Actor(ActorKind.OPERATOR)
ANYBODY = Actor(ActorKind.ANONYMOUS)


@dataclass(frozen=True)
class Trail:
    """One engine's adapters; `stored` is all that its database holds, as text."""

    units: AuditUnits
    views: AuditViews
    archive: AuditArchive
    stored: Callable[[], Awaitable[str]]

    async def add(self, *entries: AuditEntry) -> None:
        async with self.units() as unit:
            for each in entries:
                await unit.audit.add(each)
            await unit.commit()

    async def forget(self, user_id: UserId) -> None:
        async with self.units() as unit:
            await unit.audit.forget(user_id)
            await unit.commit()

    async def events(self, selection: Selection | None = None, limit: int = 100) -> Sequence[AuditEvent]:
        return (await self.views.events(selection or Selection(), limit=limit)).items


def entry(
    kind: AuditKind = AuditKind.LOGIN,
    account: UserId | None = ANN,
    by: Actor | UserId | None = None,
    *,
    seconds: int = 0,
    **details: str,
) -> AuditEntry:
    """What somebody did to an account, by default its own user, some seconds after NOW."""
    actor = by if isinstance(by, Actor) else Actor.user(by or account or ANN)
    origin = Origin(actor, peer="192.0.2.7", request_id="0123abcd", method="/emo.users.v1.UsersService/Login")
    time = NOW + timedelta(seconds=seconds)
    return AuditEntry(kind=kind, time=time, origin=origin, account=account, details=details)


@asynccontextmanager
async def in_memory_trail() -> AsyncIterator[Trail]:
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        yield on_sqlite(database)


@asynccontextmanager
async def sqlite_trail(folder: Path) -> AsyncIterator[Trail]:
    async with opened(SqliteDatabase(folder / "emo.sqlite3", SCHEMAS)) as database:
        yield on_sqlite(database)


def on_sqlite(database: SqliteDatabase) -> Trail:
    units = partial(SqliteAuditUnitOfWork, database, EventCodec([]), {}, lambda: NOW, None)
    return Trail(units, SqliteAuditViews(database), SqliteAuditArchive(database), partial(dumped, database))


@asynccontextmanager
async def mongo_trail(url: str) -> AsyncIterator[Trail]:
    async with empty_database(url, "emo_audit", COLLECTIONS) as database:
        yield on_mongo(database)


def on_mongo(database: MongoDatabase) -> Trail:
    async def stored() -> str:
        return "\n".join([str(await database.collection(name).find().to_list()) for name in COLLECTIONS])

    units = partial(MongoAuditUnitOfWork, database, EventCodec([]), {}, lambda: NOW, None)
    return Trail(units, MongoAuditViews(database), MongoAuditArchive(database), stored)
