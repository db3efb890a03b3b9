"""Metadata in MongoDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from pymongo import IndexModel

from emo_grpc.assets.adapters.mongo.inventory import MongoInventory
from emo_grpc.assets.adapters.mongo.kek_ids import used_kek_ids
from emo_grpc.assets.adapters.mongo.schema import INDEXES as ASSETS_INDEXES
from emo_grpc.assets.adapters.mongo.schema import INSTALLATION
from emo_grpc.assets.adapters.mongo.search import MongoAssetSearch
from emo_grpc.assets.adapters.mongo.unit_of_work import MongoAssetsUnitOfWork
from emo_grpc.assets.adapters.mongo.views import MongoAssetViews
from emo_grpc.audit.adapters.mongo.archive import MongoAuditArchive
from emo_grpc.audit.adapters.mongo.schema import INDEXES as AUDIT_INDEXES
from emo_grpc.audit.adapters.mongo.unit_of_work import MongoAuditUnitOfWork
from emo_grpc.audit.adapters.mongo.views import MongoAuditViews
from emo_grpc.bootstrap.engine_start import engine_started
from emo_grpc.bootstrap.metadata import Check, Metadata, unchecked
from emo_grpc.service_accounts.adapters.mongo.schema import INDEXES as SERVICE_ACCOUNTS_INDEXES
from emo_grpc.service_accounts.adapters.mongo.service_accounts import SERVICE_ACCOUNTS
from emo_grpc.service_accounts.adapters.mongo.unit_of_work import MongoServiceAccountsUnitOfWork
from emo_grpc.service_accounts.adapters.mongo.views import MongoServiceAccountViews
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.abandoned_transactions import ending_abandoned
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.outbox import INDEXES as OUTBOX_INDEXES
from emo_grpc.shared.adapters.mongo.outbox import MongoOutbox
from emo_grpc.shared.adapters.mongo.snapshot import MongoSnapshot
from emo_grpc.shared.adapters.mongo.unit_of_work import INDEXES as UNIT_OF_WORK_INDEXES
from emo_grpc.shared.adapters.mongo.verified_backups import INDEXES as VERIFIED_BACKUPS_INDEXES
from emo_grpc.shared.adapters.mongo.verified_backups import MongoVerifiedBackups
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.outbox import Subscriptions
from emo_grpc.users.adapters.mongo.collections import SESSIONS, USERS
from emo_grpc.users.adapters.mongo.login_throttle import MongoLoginThrottle
from emo_grpc.users.adapters.mongo.schema import INDEXES as USERS_INDEXES
from emo_grpc.users.adapters.mongo.unit_of_work import MongoUsersUnitOfWork
from emo_grpc.users.adapters.mongo.views import MongoUserViews
from emo_grpc.users.service_layer.inventory import AccountInventory

INDEXES: Final[dict[str, list[IndexModel]]] = {
    **OUTBOX_INDEXES,
    **UNIT_OF_WORK_INDEXES,
    **VERIFIED_BACKUPS_INDEXES,
    **USERS_INDEXES,
    **SERVICE_ACCOUNTS_INDEXES,
    **ASSETS_INDEXES,
    **AUDIT_INDEXES,
}


@asynccontextmanager
async def open_mongo(
    settings: Settings, subscriptions: Subscriptions, clock: Clock, *, retries_start: bool, check: Check = unchecked
) -> AsyncIterator[Metadata]:
    """Open the database of the settings, and close it at the end. Raises as `engine_started` and `check` do."""

    async def prepare(connected: MongoDatabase) -> None:
        for name, indexes in INDEXES.items():
            await connected.declare(name, indexes)
        await check(_metadata(connected, subscriptions, clock))

    database = MongoDatabase(settings.mongodb_url.get_secret_value(), settings.mongodb_database)
    try:
        async with (
            engine_started("MongoDB", partial(database.open, prepare), retries_start=retries_start),
            ending_abandoned(database),
        ):
            yield _metadata(database, subscriptions, clock)
    finally:
        await database.close()


@asynccontextmanager
async def open_mongo_as_it_is(
    settings: Settings, subscriptions: Subscriptions, clock: Clock
) -> AsyncIterator[Metadata]:
    """Read the database of the settings, and make no collections and indexes. Raises CannotStart, Unavailable."""
    database = MongoDatabase(settings.mongodb_url.get_secret_value(), settings.mongodb_database)
    await database.open()
    try:
        yield _metadata(database, subscriptions, clock)
    finally:
        await database.close()


@asynccontextmanager
async def open_mongo_snapshot(
    settings: Settings, subscriptions: Subscriptions, clock: Clock
) -> AsyncIterator[Metadata]:
    """Read the database of the settings as it is now. What it takes is in MongoSnapshot. Raises Unavailable."""
    snapshot = MongoSnapshot(settings.mongodb_url.get_secret_value(), settings.mongodb_database)
    async with snapshot.taken(INSTALLATION):
        yield _metadata(snapshot, subscriptions, clock)


def _metadata(database: MongoDatabase, subscriptions: Subscriptions, clock: Clock) -> Metadata:
    codec = EventCodec(subscriptions)
    users, service_accounts = MongoUserViews(database, clock), MongoServiceAccountViews(database)

    async def answers() -> bool:
        await database.ping()
        return True

    async def nothing() -> None:
        """MongoDB offers no way to remove from its oplog what was deleted."""

    return Metadata(
        outbox=MongoOutbox(database, codec),
        user_views=users,
        credentials=users,
        service_account_views=service_accounts,
        service_accounts_reader=service_accounts,
        login_throttle=MongoLoginThrottle(database),
        asset_views=MongoAssetViews(database),
        asset_search=MongoAssetSearch(database),
        inventory=MongoInventory(database),
        accounts=AccountInventory(partial(USERS.page, database), partial(SESSIONS.page, database)),
        service_accounts=partial(SERVICE_ACCOUNTS.page, database),
        audit_views=MongoAuditViews(database),
        audit_archive=MongoAuditArchive(database),
        verified_backups=MongoVerifiedBackups(database),
        users_units=lambda upcasters: partial(MongoUsersUnitOfWork, database, codec, subscriptions, clock, upcasters),
        service_accounts_units=lambda upcasters: partial(
            MongoServiceAccountsUnitOfWork, database, codec, subscriptions, clock, upcasters
        ),
        assets_units=lambda upcasters: partial(MongoAssetsUnitOfWork, database, codec, subscriptions, clock, upcasters),
        audit_units=partial(MongoAuditUnitOfWork, database, codec, subscriptions, clock, None),
        used_kek_ids=partial(used_kek_ids, database),
        answers=answers,
        tidy=nothing,
    )
