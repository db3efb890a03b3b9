"""What a database says at one moment, as one SQLite file."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS as ASSET_UPCASTERS
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.inventory import all_uploads
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.backup.records import copy_records
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.metadata import SUBSCRIPTIONS, Metadata
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME, open_sqlite_copy
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import NotMigrated
from emo_grpc.service_accounts.adapters.documents.service_account import UPCASTERS as SERVICE_ACCOUNT_UPCASTERS
from emo_grpc.shared.adapters.filesystem.new_file import open_new_file
from emo_grpc.shared.adapters.sqlite.snapshot import copy_database
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS as USER_UPCASTERS


async def copy_metadata(engines: Engines, target: Path) -> list[NotMigrated]:
    """Write all of the database, less uploads that are under way, into a new file that only its owner may read.

    Gives what is damaged and left out, which SQLite's own copy never does. Raises StorageFull, Unavailable, OSError.
    """
    settings, left_out = engines.settings, list[NotMigrated]()
    if settings.has_shared_metadata:
        os.close(open_new_file(target))
        left_out = await _copy_mongo(engines, target)
    else:
        await asyncio.to_thread(copy_database, settings.data_folder / DATABASE_NAME, target)
    async with open_copy(target, engines.clock) as copy:
        await _forget_uploads(copy)
    return left_out


@asynccontextmanager
async def open_copy(path: Path, clock: Clock) -> AsyncIterator[MetadataStore]:
    """Open such a file, which nobody else may use meanwhile. At the end all is in it, but not synced."""
    async with open_sqlite_copy(path, SUBSCRIPTIONS, clock) as metadata:
        yield store_of(metadata)


def store_of(metadata: Metadata) -> MetadataStore:
    """One side of a copy."""
    return MetadataStore(
        metadata,
        metadata.users_units(USER_UPCASTERS),
        metadata.service_accounts_units(SERVICE_ACCOUNT_UPCASTERS),
        metadata.assets_units(ASSET_UPCASTERS),
    )


async def _copy_mongo(engines: Engines, target: Path) -> list[NotMigrated]:
    from emo_grpc.bootstrap.mongo_engine import open_mongo_snapshot  # noqa: PLC0415 - pymongo takes long to import

    installation = await engines.metadata.inventory.installation()
    async with open_copy(target, engines.clock) as copy:
        async with open_mongo_snapshot(engines.settings, SUBSCRIPTIONS, engines.clock) as metadata:
            report = await copy_records(store_of(metadata), copy, engines.clock())
        await copy.metadata.inventory.become(installation)
    return report.not_migrated


async def _forget_uploads(copy: MetadataStore) -> None:
    """Their parts are not in a backup: whoever restores it sees assets that wait for their files."""

    async def forget(unit: AssetsUnitOfWork, upload: Upload | DamagedUpload) -> None:
        await unit.uploads.remove(replace(upload))

    async for upload in all_uploads(copy.metadata.inventory):
        await copy.change(copy.assets, partial(forget, upload=upload))
