"""Proves a backup."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.service_layer.integrity.file_check import Damage, FileCheck
from emo_grpc.assets.service_layer.integrity.orphans import Orphans
from emo_grpc.assets.service_layer.integrity.upload_check import UploadCheck
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile, Verification
from emo_grpc.backup.errors import BackupDamaged
from emo_grpc.backup.file_list import keys_in
from emo_grpc.backup.file_transfer import AT_ONCE
from emo_grpc.backup.manifest import DATABASE, FILE_LIST, Manifest
from emo_grpc.backup.opening import fetch_proven, opened_database
from emo_grpc.backup.place import BackupPlace
from emo_grpc.backup.report import BackupProgress
from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.shared.service_layer.verified_backups import VerifiedBackup


@dataclass(frozen=True, slots=True)
class BackupProof:
    """Opens all that is in a backup, by the keys of the settings."""

    engines: Engines
    place: BackupPlace
    threads: Executor
    progress: BackupProgress

    async def broken_files(self, manifest: Manifest) -> AsyncGenerator[BrokenFile, None]:
        """Compare the backup's own files with their sums, then read every stored file; give those that are damaged.

        Raises BackupDamaged, Unavailable.
        """
        with tempfile.TemporaryDirectory(prefix="emo-backup-") as folder:
            for name in set(manifest.sums) - {DATABASE}:
                await fetch_proven(self.place, manifest, name, Path(folder) / name)
            listed = await asyncio.to_thread(lambda: {key.value.bytes for key in keys_in(Path(folder) / FILE_LIST)})
            async with opened_database(self.place, manifest, Path(folder) / DATABASE, self.engines.clock) as copy:
                self.progress.begin(await copy.metadata.inventory.stored_bytes())
                async with aclosing(self._files(copy, listed)) as files:
                    async for broken in files:
                        yield broken

    async def note(self, manifest: Manifest) -> None:
        """Let servers tell how old the latest proven backup is, if it is one of theirs. Raises Unavailable.

        The metric emo_last_verified_backup_timestamp_seconds shows what is noted here.
        """
        if manifest.installation == await self.engines.metadata.inventory.installation():
            noted = VerifiedBackup(manifest.backup_id, manifest.create_time, self.engines.clock())
            await self.engines.metadata.verified_backups.note(noted)

    async def _files(self, copy: MetadataStore, listed: set[bytes]) -> AsyncGenerator[BrokenFile, None]:
        """Those that are damaged. Raises BackupDamaged if `listed`, which `prune` trusts, are others than there are."""
        verification = self._verification(copy)

        async def check(asset: Asset) -> list[Damage]:
            damages = await verification.file_check.check_bytes(asset, self.progress.advance)
            if asset.content is not None:
                key = asset.content.blob_key.value.bytes
                if not damages and key not in listed:
                    raise BackupDamaged(f"a file of its database is not in {FILE_LIST}")
                listed.discard(key)
            return damages

        async with aclosing(verification.files(check)) as files:
            async for broken in files:
                if broken is not None:
                    yield broken
        if listed:
            raise BackupDamaged(f"files in {FILE_LIST} are not in its database")

    def _verification(self, copy: MetadataStore) -> Verification:
        blobs, keys, inventory = self.place.blobs, key_ring(self.engines.settings), copy.metadata.inventory
        return Verification(
            units=copy.assets,
            inventory=inventory,
            file_check=FileCheck(blobs, keys, TinkPartCipher(), self.threads),
            upload_check=UploadCheck(blobs, keys, self.threads),
            orphans=Orphans(inventory, blobs),
            at_once=AT_ONCE,
        )
