"""Takes a backup."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.backup.all_files import AllFiles
from emo_grpc.backup.database_copy import copy_metadata, open_copy
from emo_grpc.backup.errors import BackupRefused
from emo_grpc.backup.file_list import FileList
from emo_grpc.backup.file_transfer import FileTransfer
from emo_grpc.backup.keys_file import write_keys
from emo_grpc.backup.manifest import DATABASE, FILE_LIST, Manifest, Sum, new_backup_id
from emo_grpc.backup.place import BackupPlace
from emo_grpc.backup.report import BackupProgress, TransferReport
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.shared.service_layer.audit.origin import THE_SERVER, coming_from


@dataclass(frozen=True, slots=True)
class Backup:
    """Takes one of a server's `engines` and `files`, which may be in use, into a place."""

    engines: Engines
    files: BlobStore
    place: BackupPlace
    threads: Executor
    progress: BackupProgress

    async def take(self, *, with_keys: bool) -> tuple[Manifest, TransferReport]:
        """Add one to the place. Raises BackupRefused if that has those of another server, Unavailable, StorageFull."""
        installation = await self._installation()
        now = self.engines.clock()
        # The copy does not get the entry of the command that is under way.
        with coming_from(THE_SERVER):
            async with self.place.draft() as draft:
                files, kek_ids, report = await self._copy_all(draft)
                if with_keys:
                    await asyncio.to_thread(write_keys, self.engines.settings, draft)
                manifest = Manifest(
                    backup_id=new_backup_id(now),
                    create_time=now,
                    installation=installation,
                    emo_version=version("emo-grpc"),
                    kek_ids=tuple(sorted(kek_ids)),
                    file_count=files.count,
                    file_bytes=files.size,
                    left_out=len(report.left_out),
                    sums=await asyncio.to_thread(_sums, draft),
                )
                await self.place.add(manifest.backup_id, draft, manifest.to_bytes())
        return manifest, report

    async def _installation(self) -> UUID:
        """That of the server; raises BackupRefused if the latest backup in the place is of another one."""
        installation = await self.engines.metadata.inventory.installation()
        ids = await self.place.backup_ids()
        if ids and Manifest.from_bytes(await self.place.manifest(ids[-1])).installation != installation:
            raise BackupRefused("the backups there are those of another server: name a new place for this one's")
        return installation

    async def _copy_all(self, draft: Path) -> tuple[FileList, frozenset[str], TransferReport]:
        """Gives the list of files, and the ids of the keys that they are under."""
        report = TransferReport(left_out=await copy_metadata(self.engines, draft / DATABASE))
        async with open_copy(draft / DATABASE, self.engines.clock) as copy:
            files = await self._bring_files(copy, draft / FILE_LIST, report)
            return files, await copy.metadata.used_kek_ids(), report

    async def _bring_files(self, copy: MetadataStore, list_path: Path, report: TransferReport) -> FileList:
        async def is_gone(asset: Asset, content: StoredContent) -> bool:
            if await self.engines.metadata.inventory.known_blobs([content.blob_key]):
                return False
            # Deleted since the database was copied: then in the copy, too, with its wrapped key.
            await copy.change(copy.assets, lambda unit: unit.assets.remove(replace(asset)))
            return True

        self.progress.begin(await copy.metadata.inventory.stored_bytes())
        transfer = FileTransfer(self.files, self.place.blobs, self.threads, self.progress.advance)
        with FileList.new(list_path) as listed:
            await AllFiles(transfer, report, listed.add, is_gone).bring(copy.metadata.inventory)
        return listed


def _sums(draft: Path) -> dict[str, Sum]:
    return {path.name: Sum.of(path) for path in sorted(draft.iterdir())}
