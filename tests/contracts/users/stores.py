"""The stores that the contract suite runs over."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from databases import opened
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.outbox import INDEXES as OUTBOX_INDEXES
from emo_grpc.shared.adapters.mongo.outbox import MongoOutbox
from emo_grpc.shared.adapters.mongo.unit_of_work import INDEXES as UNIT_OF_WORK_INDEXES
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.outbox import Outbox
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS
from emo_grpc.users.adapters.mongo import collections
from emo_grpc.users.adapters.mongo.login_throttle import MongoLoginThrottle
from emo_grpc.users.adapters.mongo.schema import INDEXES
from emo_grpc.users.adapters.mongo.unit_of_work import MongoUsersUnitOfWork
from emo_grpc.users.adapters.mongo.views import MongoUserViews
from emo_grpc.users.adapters.sqlite import tables
from emo_grpc.users.adapters.sqlite.login_throttle import SqliteLoginThrottle
from emo_grpc.users.adapters.sqlite.schema import SCHEMA
from emo_grpc.users.adapters.sqlite.unit_of_work import SqliteUsersUnitOfWork
from emo_grpc.users.adapters.sqlite.views import SqliteUserViews
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Actor, Session
from emo_grpc.users.domain.user import Role, User, UserState
from emo_grpc.users.service_layer.handlers import SUBSCRIPTIONS as OWN_SUBSCRIPTIONS
from emo_grpc.users.service_layer.inventory import AccountInventory
from emo_grpc.users.service_layer.ports import CredentialsReader, LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits
from emo_grpc.users.service_layer.views import UserViews
from mongod import empty_database

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SUBSCRIPTIONS = {**OWN_SUBSCRIPTIONS, UserRemoved: ("remove_assets_of_user", "tell_others")}
SCHEMAS = (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, SCHEMA)
COLLECTIONS = {**OUTBOX_INDEXES, **UNIT_OF_WORK_INDEXES, **INDEXES}


@dataclass(frozen=True)
class Store:
    """One engine's adapters of all ports of this context, and its views at another time than NOW."""

    units: UsersUnits
    views: UserViews
    views_at: Callable[[datetime], UserViews]
    credentials: CredentialsReader
    throttle: LoginThrottle
    outbox: Outbox
    inventory: AccountInventory

    async def add(self, *aggregates: User | Session) -> None:
        async with self.units() as unit:
            for aggregate in aggregates:
                if isinstance(aggregate, User):
                    await unit.users.add(aggregate)
                else:
                    await unit.sessions.add(aggregate)
            await unit.commit()

    async def events(self) -> list[tuple[str, Event]]:
        rows = await self.outbox.lease(SUBSCRIPTIONS, limit=100, now=NOW, leased_until=NOW)
        return [(row.handler, row.event) for row in rows]


@asynccontextmanager
async def in_memory_store() -> AsyncIterator[Store]:
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        yield on_sqlite(database)


@asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[Store]:
    async with opened(SqliteDatabase(folder / "emo.sqlite3", SCHEMAS)) as database:
        yield on_sqlite(database)


def on_sqlite(database: SqliteDatabase) -> Store:
    codec = EventCodec(SUBSCRIPTIONS)
    views = SqliteUserViews(database, lambda: NOW)

    def units() -> UsersUnitOfWork:
        return SqliteUsersUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, UPCASTERS)

    return Store(
        units,
        views,
        lambda now: SqliteUserViews(database, lambda: now),
        views,
        SqliteLoginThrottle(database),
        SqliteOutbox(database, codec),
        AccountInventory(partial(tables.USERS.page, database), partial(tables.SESSIONS.page, database)),
    )


@asynccontextmanager
async def mongo_store(url: str) -> AsyncIterator[Store]:
    async with empty_database(url, "emo_users", COLLECTIONS) as database:
        yield on_mongo(database)


def on_mongo(database: MongoDatabase) -> Store:
    codec = EventCodec(SUBSCRIPTIONS)
    views = MongoUserViews(database, lambda: NOW)

    def units() -> UsersUnitOfWork:
        return MongoUsersUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, UPCASTERS)

    return Store(
        units,
        views,
        lambda now: MongoUserViews(database, lambda: now),
        views,
        MongoLoginThrottle(database),
        MongoOutbox(database, codec),
        AccountInventory(partial(collections.USERS.page, database), partial(collections.SESSIONS.page, database)),
    )


def cursor_of(create_time: datetime, item_id: UserId | SessionId) -> Cursor:
    """The cursor of a page that ends with this item."""
    return create_time.isoformat(), str(item_id)


def user(username: str = "ana", *, minutes: int = 0, state: UserState = UserState.ACTIVE, admin: bool = False) -> User:
    """An account made some minutes after NOW."""
    time = NOW + timedelta(minutes=minutes)
    return User(
        user_id=UserId.new(),
        username=username,
        email=f"{username.title()}@Example.org",
        password_hash=f"hash of {username}",
        public_name=username.title(),
        locale="ca",
        state=state,
        roles=frozenset({Role.USER, Role.ADMIN} if admin else {Role.USER}),
        create_time=time,
        update_time=time,
    )


def delegation(owner: User, actor_id: ActorId, *, minutes: int = 0) -> Session:
    """What a service does for a user, since some minutes after NOW."""
    time = NOW + timedelta(minutes=minutes)
    return Session.delegate(owner.user_id, Actor(actor_id, "printer"), frozenset({"assets"}), time)


def session(owner: User, *, minutes: int = 0) -> Session:
    """A login some minutes after NOW."""
    made, _ = Session.begin(owner.user_id, "phone", frozenset({"assets"}), NOW + timedelta(minutes=minutes))
    return made
