"""Restores a backup, to whatever engines the settings name."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.service_layer.integrity.orphans import ForeignStore, Orphans
from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.backup.all_files import AllFiles
from emo_grpc.backup.database_copy import store_of
from emo_grpc.backup.errors import BackupRefused
from emo_grpc.backup.file_transfer import FileTransfer
from emo_grpc.backup.manifest import DATABASE, Manifest
from emo_grpc.backup.opening import opened_database
from emo_grpc.backup.place import BackupPlace
from emo_grpc.backup.private_files import sync_file
from emo_grpc.backup.records import copy_records, require_part_of
from emo_grpc.backup.report import BackupProgress, TransferReport
from emo_grpc.bootstrap.blob_storage import open_blob_storage
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder
from emo_grpc.shared.service_layer.batches import batches
from emo_grpc.shared.service_layer.clock import Clock, utc_now

DRAFT_NAME: Final = "restoring.sqlite3"


@dataclass(frozen=True, slots=True)
class Restore:
    """Restores a backup of a place to the engines of the settings, which have their secrets. Again goes on."""

    settings: Settings
    place: BackupPlace
    manifest: Manifest
    threads: Executor
    progress: BackupProgress
    clock: Clock = utc_now
    report: TransferReport = field(default_factory=TransferReport)

    async def run(self) -> TransferReport:
        """Files first, and the database when they are all there.

        Raises BackupRefused before anything is changed if the engines hold anything else; BackupDamaged, Unavailable,
        StorageFull, CannotStart.
        """
        await (self._into_mongo() if self.settings.has_shared_metadata else self._into_folder())
        return self.report

    async def _into_mongo(self) -> None:
        with tempfile.TemporaryDirectory(prefix="emo-restore-") as folder:
            async with self._fetched(Path(folder) / DATABASE) as copy, open_engines(self.settings) as engines:
                target = store_of(engines.metadata)
                await require_part_of(copy, target)
                await self._bring_files(copy.metadata.inventory)
                copied = await copy_records(copy, target, self.clock())
                self.report.left_out += copied.not_migrated
                await target.metadata.inventory.become(self.manifest.installation)

    async def _into_folder(self) -> None:
        folder = self.settings.data_folder
        with locked_folder(folder, remedy="stop it first"):
            if (folder / DATABASE_NAME).exists():
                raise BackupRefused(f"there is a database in {folder.absolute()} already: restore to an empty folder")
            draft = folder / DRAFT_NAME
            for path in folder.glob(f"{DRAFT_NAME}*"):
                path.unlink()
            async with self._fetched(draft) as copy:
                await self._bring_files(copy.metadata.inventory)
            await asyncio.to_thread(_publish, draft, folder / DATABASE_NAME)

    @asynccontextmanager
    async def _fetched(self, path: Path) -> AsyncIterator[MetadataStore]:
        async with opened_database(self.place, self.manifest, path, self.clock) as copy:
            yield copy

    async def _bring_files(self, inventory: Inventory) -> None:
        async def is_gone(_: Asset, __: StoredContent) -> bool:
            return False

        def on_there(_: StoredContent) -> None:
            """There is nothing to note."""

        async with open_blob_storage(self.settings, self.clock, retries_start=False) as storage:
            await _require_part_of(inventory, storage.blobs)
            self.progress.begin(self.manifest.file_bytes)
            transfer = FileTransfer(self.place.blobs, storage.blobs, self.threads, self.progress.advance)
            await AllFiles(transfer, self.report, on_there, is_gone).bring(inventory)


async def _require_part_of(inventory: Inventory, blobs: BlobStore) -> None:
    """Raise BackupRefused if the store has anything but what an interrupted restore of the same backup has left."""
    async for complete in batches(blobs.list_complete()):
        keys = {each.key for each in complete}
        if keys - await inventory.known_blobs(keys):
            raise BackupRefused("the file store has files that are not in the backup: name one that nobody uses")
    try:
        await Orphans(inventory, blobs).require_own_store()
    except ForeignStore as error:
        raise BackupRefused(str(error)) from error


def _publish(draft: Path, database: Path) -> None:
    sync_file(draft)
    draft.rename(database)
    sync_folder(database.parent)
