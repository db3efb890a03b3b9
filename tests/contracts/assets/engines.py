"""The engines that the contracts of this context are tried on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pymongo import IndexModel

from databases import opened
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS
from emo_grpc.assets.adapters.mongo.inventory import MongoInventory
from emo_grpc.assets.adapters.mongo.schema import INDEXES
from emo_grpc.assets.adapters.mongo.search import MongoAssetSearch
from emo_grpc.assets.adapters.mongo.unit_of_work import MongoAssetsUnitOfWork
from emo_grpc.assets.adapters.mongo.views import MongoAssetViews
from emo_grpc.assets.adapters.sqlite.inventory import SqliteInventory
from emo_grpc.assets.adapters.sqlite.schema import SCHEMA
from emo_grpc.assets.adapters.sqlite.search import SqliteAssetSearch
from emo_grpc.assets.adapters.sqlite.unit_of_work import SqliteAssetsUnitOfWork
from emo_grpc.assets.adapters.sqlite.views import SqliteAssetViews
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.events import AssetDeleted, FolderHalfMoved, LabelHalfRenamed, UploadDropped
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.search import AssetSearch
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.views import AssetViews
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
from emo_grpc.shared.service_layer.outbox import Outbox, Subscriptions
from mongod import empty_database

from .samples import NOW, a_ready_asset, an_asset, an_upload, persist

SUBSCRIPTIONS: Subscriptions = {
    AssetDeleted: ("delete_blob", "tell"),
    UploadDropped: ("abort_upload",),
    FolderHalfMoved: ("move_rest_of_folder",),
    LabelHalfRenamed: ("rename_rest_of_label",),
}
MONGO_DATABASE = "emo_assets"
SCHEMAS = (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, SCHEMA)
COLLECTIONS: dict[str, list[IndexModel]] = {**INDEXES, **OUTBOX_INDEXES, **UNIT_OF_WORK_INDEXES}


@dataclass(frozen=True, slots=True)
class Engine:
    """What a contract is tried on."""

    unit: AssetsUnits
    views: AssetViews
    search: AssetSearch
    inventory: Inventory
    outbox: Outbox
    has_snapshots: bool = True

    async def let_read(self, *readers: asyncio.Task[Any]) -> None:
        """Inside of a unit of work: let others read; without snapshots, see that they wait for the unit."""
        done, _ = await asyncio.wait(readers, timeout=None if self.has_snapshots else 0)
        assert len(done) == (len(readers) if self.has_snapshots else 0)

    async def save(self, *aggregates: Asset | Upload) -> None:
        """Store them, new or changed, in one transaction."""
        async with self.unit() as unit:
            for aggregate in aggregates:
                if isinstance(aggregate, Asset):
                    await (unit.assets.save if aggregate.version else unit.assets.add)(aggregate)
                else:
                    await (unit.uploads.save if aggregate.version else unit.uploads.add)(aggregate)
            await unit.commit()

    async def remove(self, *assets: Asset) -> None:
        """Remove them in one transaction."""
        async with self.unit() as unit:
            for asset in assets:
                await unit.assets.remove(asset)
            await unit.commit()


@asynccontextmanager
async def sqlite_database(folder: Path) -> AsyncIterator[SqliteDatabase]:
    """A fresh one with all that the unit of work needs."""
    async with opened(SqliteDatabase(folder / "emo.sqlite3", SCHEMAS)) as database:
        yield database


def on_sqlite(database: SqliteDatabase) -> Engine:
    """The engine over that database."""
    codec = EventCodec(SUBSCRIPTIONS)
    return Engine(
        unit=lambda: SqliteAssetsUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, UPCASTERS),
        views=SqliteAssetViews(database),
        search=SqliteAssetSearch(database),
        inventory=SqliteInventory(database),
        outbox=SqliteOutbox(database, codec),
    )


@asynccontextmanager
async def sqlite_engine(folder: Path) -> AsyncIterator[Engine]:
    """A fresh one."""
    async with sqlite_database(folder) as database:
        yield on_sqlite(database)


@asynccontextmanager
async def in_memory_engine() -> AsyncIterator[Engine]:
    """A fresh one."""
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        yield replace(on_sqlite(database), has_snapshots=False)


@asynccontextmanager
async def mongo_database(url: str) -> AsyncIterator[MongoDatabase]:
    """An empty one with all that the unit of work needs."""
    async with empty_database(url, MONGO_DATABASE, COLLECTIONS) as database:
        yield database


def on_mongo(database: MongoDatabase) -> Engine:
    """The engine over that database, as each replica has one."""
    codec = EventCodec(SUBSCRIPTIONS)
    return Engine(
        unit=lambda: MongoAssetsUnitOfWork(database, codec, SUBSCRIPTIONS, lambda: NOW, UPCASTERS),
        views=MongoAssetViews(database),
        search=MongoAssetSearch(database),
        inventory=MongoInventory(database),
        outbox=MongoOutbox(database, codec),
    )


@asynccontextmanager
async def mongo_engine(url: str) -> AsyncIterator[Engine]:
    """An empty one."""
    async with mongo_database(url) as database:
        yield on_mongo(database)


async def store_and_remove(engine: Engine) -> None:
    """A complete asset, and one with an upload that has parts."""
    description = Description(title="a", tags=("a", "b"), people=("c",))
    ready, pending = a_ready_asset(description), an_asset(description, size=5)
    upload = an_upload(pending)
    persist(upload, "a", 9)
    await engine.save(ready, pending, upload)
    async with engine.unit() as unit:
        await unit.uploads.remove(upload)
        await unit.assets.remove(pending)
        await unit.assets.remove(ready)
        await unit.commit()
