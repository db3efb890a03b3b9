"""Metadata in a SQLite file."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from emo_grpc.assets.adapters.sqlite.inventory import SqliteInventory
from emo_grpc.assets.adapters.sqlite.kek_ids import used_kek_ids
from emo_grpc.assets.adapters.sqlite.schema import ADDED as ASSETS_ADDED
from emo_grpc.assets.adapters.sqlite.schema import SCHEMA as ASSETS_SCHEMA
from emo_grpc.assets.adapters.sqlite.search import SqliteAssetSearch
from emo_grpc.assets.adapters.sqlite.unit_of_work import SqliteAssetsUnitOfWork
from emo_grpc.assets.adapters.sqlite.views import SqliteAssetViews
from emo_grpc.audit.adapters.sqlite.archive import SqliteAuditArchive
from emo_grpc.audit.adapters.sqlite.unit_of_work import SqliteAuditUnitOfWork
from emo_grpc.audit.adapters.sqlite.views import SqliteAuditViews
from emo_grpc.bootstrap.metadata import Check, Metadata, unchecked
from emo_grpc.service_accounts.adapters.sqlite.schema import SCHEMA as SERVICE_ACCOUNTS_SCHEMA
from emo_grpc.service_accounts.adapters.sqlite.service_accounts import SERVICE_ACCOUNTS
from emo_grpc.service_accounts.adapters.sqlite.unit_of_work import SqliteServiceAccountsUnitOfWork
from emo_grpc.service_accounts.adapters.sqlite.views import SqliteServiceAccountViews
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import ADDED as OUTBOX_ADDED
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.adapters.sqlite.unsynced import UnsyncedSqliteDatabase
from emo_grpc.shared.adapters.sqlite.verified_backups import SCHEMA as VERIFIED_BACKUPS_SCHEMA
from emo_grpc.shared.adapters.sqlite.verified_backups import SqliteVerifiedBackups
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import Subscriptions
from emo_grpc.users.adapters.sqlite.login_throttle import SqliteLoginThrottle
from emo_grpc.users.adapters.sqlite.schema import SCHEMA as USERS_SCHEMA
from emo_grpc.users.adapters.sqlite.tables import SESSIONS, USERS
from emo_grpc.users.adapters.sqlite.unit_of_work import SqliteUsersUnitOfWork
from emo_grpc.users.adapters.sqlite.views import SqliteUserViews
from emo_grpc.users.service_layer.inventory import AccountInventory

DATABASE_NAME: Final = "emo.sqlite3"
"""The file in DATA_FOLDER."""

SCHEMAS: Final = (
    OUTBOX_SCHEMA,
    UNIT_OF_WORK_SCHEMA,
    VERIFIED_BACKUPS_SCHEMA,
    USERS_SCHEMA,
    SERVICE_ACCOUNTS_SCHEMA,
    ASSETS_SCHEMA,
)
ADDED: Final = (*OUTBOX_ADDED, *ASSETS_ADDED)


@asynccontextmanager
async def open_sqlite(
    folder: Path | None, subscriptions: Subscriptions, clock: Clock, check: Check = unchecked
) -> AsyncIterator[Metadata]:
    """Open the database in this folder, or one in memory, and close it at the end. Raises what `check` raises."""
    database = InMemorySqliteDatabase(SCHEMAS) if folder is None else _in_folder(folder)
    await database.open()
    try:
        metadata = sqlite_metadata(database, subscriptions, clock)
        await check(metadata)
        yield metadata
    finally:
        await database.close()


def _in_folder(folder: Path) -> SqliteDatabase:
    return SqliteDatabase(folder / DATABASE_NAME, SCHEMAS, ADDED)


@asynccontextmanager
async def open_sqlite_as_it_is(folder: Path, subscriptions: Subscriptions, clock: Clock) -> AsyncIterator[Metadata]:
    """Read the database in this folder, which must be there, and make no tables. Raises Unavailable."""
    database = SqliteDatabase(folder / DATABASE_NAME, ())
    await database.open()
    try:
        yield sqlite_metadata(database, subscriptions, clock)
    finally:
        await database.close()


@asynccontextmanager
async def open_sqlite_copy(path: Path, subscriptions: Subscriptions, clock: Clock) -> AsyncIterator[Metadata]:
    """Open a database file that nobody else uses, or make it; at the end all is in this file, but not yet synced."""
    database = UnsyncedSqliteDatabase(path, SCHEMAS, ADDED)
    await database.open()
    try:
        yield sqlite_metadata(database, subscriptions, clock)
    finally:
        await database.close()


def sqlite_metadata(database: SqliteDatabase, subscriptions: Subscriptions, clock: Clock) -> Metadata:
    """The adapters over an open database."""
    codec = EventCodec(subscriptions)
    users, service_accounts = SqliteUserViews(database, clock), SqliteServiceAccountViews(database)
    return Metadata(
        outbox=SqliteOutbox(database, codec),
        user_views=users,
        credentials=users,
        service_account_views=service_accounts,
        service_accounts_reader=service_accounts,
        login_throttle=SqliteLoginThrottle(database),
        asset_views=SqliteAssetViews(database),
        asset_search=SqliteAssetSearch(database),
        inventory=SqliteInventory(database),
        accounts=AccountInventory(partial(USERS.page, database), partial(SESSIONS.page, database)),
        service_accounts=partial(SERVICE_ACCOUNTS.page, database),
        audit_views=SqliteAuditViews(database),
        audit_archive=SqliteAuditArchive(database),
        verified_backups=SqliteVerifiedBackups(database),
        users_units=lambda upcasters: partial(SqliteUsersUnitOfWork, database, codec, subscriptions, clock, upcasters),
        service_accounts_units=lambda upcasters: partial(
            SqliteServiceAccountsUnitOfWork, database, codec, subscriptions, clock, upcasters
        ),
        assets_units=lambda upcasters: partial(
            SqliteAssetsUnitOfWork, database, codec, subscriptions, clock, upcasters
        ),
        audit_units=partial(SqliteAuditUnitOfWork, database, codec, subscriptions, clock, None),
        used_kek_ids=lambda: database.read(used_kek_ids),
        answers=lambda: database.look_up(_answers),  # on the loop: a thread may be busy with lists
        tidy=database.empty_wal,
    )


def _answers(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1").fetchone())
