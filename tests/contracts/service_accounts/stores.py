"""The stores that the contract suite runs over."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from databases import opened
from emo_grpc.service_accounts.adapters.documents.service_account import UPCASTERS
from emo_grpc.service_accounts.adapters.mongo.schema import INDEXES
from emo_grpc.service_accounts.adapters.mongo.service_accounts import SERVICE_ACCOUNTS as MONGO_COLLECTION
from emo_grpc.service_accounts.adapters.mongo.unit_of_work import MongoServiceAccountsUnitOfWork
from emo_grpc.service_accounts.adapters.mongo.views import MongoServiceAccountViews
from emo_grpc.service_accounts.adapters.sqlite.schema import SCHEMA
from emo_grpc.service_accounts.adapters.sqlite.service_accounts import SERVICE_ACCOUNTS as SQLITE_TABLE
from emo_grpc.service_accounts.adapters.sqlite.unit_of_work import SqliteServiceAccountsUnitOfWork
from emo_grpc.service_accounts.adapters.sqlite.views import SqliteServiceAccountViews
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.service_accounts.domain.service_key import KeyText
from emo_grpc.service_accounts.service_layer.key_check import ServiceAccountsReader
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnitOfWork, ServiceAccountsUnits
from emo_grpc.service_accounts.service_layer.views import ServiceAccountViews
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.outbox import INDEXES as OUTBOX_INDEXES
from emo_grpc.shared.adapters.mongo.outbox import MongoOutbox
from emo_grpc.shared.adapters.mongo.unit_of_work import INDEXES as UNIT_OF_WORK_INDEXES
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.domain.events import ServiceAccountEnded
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.service_layer.outbox import Outbox, Subscriptions
from emo_grpc.shared.service_layer.walk import PageById
from mongod import empty_database
from stored import stored

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SUBSCRIPTIONS: Subscriptions = {ServiceAccountEnded: ("end_sessions_of_actor",)}
SCHEMAS = (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, SCHEMA)
COLLECTIONS = {**OUTBOX_INDEXES, **UNIT_OF_WORK_INDEXES, **INDEXES}


@dataclass(frozen=True)
class Store:
    """One engine's adapters of all ports of this context, and what has a stored document changed behind their back."""

    units: ServiceAccountsUnits
    views: ServiceAccountViews
    reader: ServiceAccountsReader
    inventory: PageById[ActorId, ServiceAccount | DamagedServiceAccount]
    outbox: Outbox
    overwrite: Callable[[str, int], Awaitable[None]] = field(repr=False)

    async def add(self, *accounts: ServiceAccount) -> None:
        async with self.units() as unit:
            for account in accounts:
                await unit.service_accounts.add(account)
            await unit.commit()

    async def ended(self) -> list[ServiceAccountEnded]:
        return [row.event for row in await self.outbox.rows(None, 100) if isinstance(row.event, ServiceAccountEnded)]


@asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[Store]:
    codec = EventCodec(SUBSCRIPTIONS)

    async def overwrite(name: str, schema_version: int) -> None:
        with stored(folder) as connection:
            document = json_with(schema_version)
            connection.execute(f"UPDATE service_accounts SET document = {document} WHERE name = ?", (name,))

    async with opened(SqliteDatabase(folder / "emo.sqlite3", SCHEMAS)) as database:

        def units() -> ServiceAccountsUnitOfWork:
            return SqliteServiceAccountsUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, UPCASTERS)

        views = SqliteServiceAccountViews(database)
        yield Store(
            units,
            views,
            views,
            partial(SQLITE_TABLE.page, database),
            SqliteOutbox(database, codec),
            overwrite,
        )


def json_with(schema_version: int) -> str:
    """SQL for the document with another version, or for what is no document at all: version -1."""
    if schema_version < 0:
        return "'{'"
    return f"json_set(document, '$.schema_version', {schema_version})"


@asynccontextmanager
async def mongo_store(url: str) -> AsyncIterator[Store]:
    async with empty_database(url, "emo_service_accounts", COLLECTIONS) as database:
        yield on_mongo(database)


def on_mongo(database: MongoDatabase) -> Store:
    codec = EventCodec(SUBSCRIPTIONS)

    async def overwrite(name: str, schema_version: int) -> None:
        changed = {"document.keys": 7} if schema_version < 0 else {"document.schema_version": schema_version}
        await database.collection("service_accounts").update_one({"name": name}, {"$set": changed})

    def units() -> ServiceAccountsUnitOfWork:
        return MongoServiceAccountsUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, UPCASTERS)

    views = MongoServiceAccountViews(database)
    return Store(
        units,
        views,
        views,
        partial(MONGO_COLLECTION.page, database),
        MongoOutbox(database, codec),
        overwrite,
    )


def service_account(name: str = "printer", *, minutes: int = 0) -> ServiceAccount:
    """One with two keys, made some minutes after NOW."""
    time = NOW + timedelta(minutes=minutes)
    account = ServiceAccount.create(
        name=name,
        description="prints\nphotos",
        permissions=frozenset({ServicePermission.READ_ALL, ServicePermission.ACT_FOR_USERS}),
        networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")),
        now=time,
    )
    for expire_time in (None, time + timedelta(days=1)):
        account.add_key(KeyText.mint(account.service_account_id), expire_time, time)
    account.use_key(account.keys[0].key_id, time)
    return account
