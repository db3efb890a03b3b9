"""Keeps the stores tidy."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.commands import CountOrphans, ExpireUploads, RemoveOrphans, RewrapKeys, UpgradeDocuments
from emo_grpc.assets.domain.content import Manifest, WrappedKey
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.events import AssetDeleted, UploadDropped
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.encryption import KeyRing
from emo_grpc.assets.service_layer.integrity.orphans import Orphans
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.schema_upgrade import upgrade_batch

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class MaintenanceHandlers:
    """The handlers, with what they need. All of them may be repeated."""

    units: AssetsUnits
    blobs: BlobStore
    keys: KeyRing
    clock: Clock
    orphans: Orphans

    async def expire_uploads(self, _: ExpireUploads) -> int:
        """Drop some uploads whose time is over, and forget some old request ids."""
        now = self.clock()
        async with self.units() as unit:
            uploads = await unit.uploads.expired(now, BATCH)
            for upload in uploads:
                upload.drop()
                await unit.uploads.remove(upload)
            forgotten = await unit.idempotency.sweep(now, BATCH)
            if uploads or forgotten:
                await unit.commit()
            return len(uploads) + forgotten

    async def rewrap_keys(self, _: RewrapKeys) -> int:
        """Wrap some data keys anew; no byte of any file is touched.

        Keys that don't open are passed over. When only such are left it raises StoredFileCorrupt, which counts them.
        """
        limit = BATCH
        while True:
            async with self.units() as unit:
                found, damaged = await self._rewrap(unit, limit)
                if found > len(damaged):
                    await unit.commit()
                    return found - len(damaged)
            if len(damaged) < limit:
                break
            limit *= 2
        if damaged:
            raise StoredFileCorrupt(
                f"{len(damaged)} data keys can't be opened: they are damaged, or their key-encryption key is missing",
                metadata={"asset_id": str(damaged[0])},
            )
        return 0

    async def upgrade_documents(self, _: UpgradeDocuments) -> int:
        """Store some old documents as this release does."""
        return await upgrade_batch(self.units, lambda unit: (unit.assets, unit.uploads))

    async def remove_orphans(self, command: RemoveOrphans) -> int:
        """Drop the uploads that a crash between the blob store and the database left behind. Raises ForeignStore."""
        await self.orphans.require_own_store()
        removed = 0
        async for unfinished in self.orphans.unfinished(command.before):
            await self.blobs.abort(unfinished.key, unfinished.upload_handle)
            removed += 1
        return removed

    async def count_orphans(self, command: CountOrphans) -> int:
        """Count objects that the database does not know. Only a person removes them (docs/adr/0018)."""
        old = [blob async for blob in self.orphans.complete(command.prefix) if blob.time < command.before]
        return len(old)

    async def delete_blob_of_asset(self, event: AssetDeleted, _: UUID) -> None:
        """Delete the file of an asset whose key was destroyed with it."""
        await self.blobs.delete(event.blob_key)

    async def drop_blob_of_upload(self, event: UploadDropped, _: UUID) -> None:
        """Drop what an upload has stored, also if it was completed just before."""
        await self.blobs.abort(event.blob_key, event.upload_handle)
        await self.blobs.delete(event.blob_key)

    async def _rewrap(self, unit: AssetsUnitOfWork, limit: int) -> tuple[int, list[AssetId]]:
        """Wrap up to `limit` keys of each kind anew; gives how many were found, and of which assets some don't open."""
        damaged = []
        assets = await unit.assets.not_wrapped_with(self.keys.current_kek_id, limit)
        for asset in assets:
            if not await self._rewrap_asset(unit, asset):
                damaged.append(asset.asset_id)
        uploads = await unit.uploads.not_wrapped_with(self.keys.current_kek_id, limit)
        for upload in uploads:
            if not await self._rewrap_upload(unit, upload):
                damaged.append(upload.asset_id)
        return len(assets) + len(uploads), damaged

    async def _rewrap_asset(self, unit: AssetsUnitOfWork, asset: Asset | DamagedAsset) -> bool:
        if isinstance(asset, DamagedAsset) or asset.content is None:
            return False
        wrapped_key = self._wrapped_anew(asset.content.wrapped_key, asset.asset_id, asset.content.manifest)
        if wrapped_key is None:
            return False
        asset.rewrap(wrapped_key)
        await unit.assets.save(asset)
        return True

    async def _rewrap_upload(self, unit: AssetsUnitOfWork, upload: Upload | DamagedUpload) -> bool:
        if isinstance(upload, DamagedUpload):
            return False
        wrapped_key = self._wrapped_anew(upload.wrapped_key, upload.asset_id, None)
        if wrapped_key is None:
            return False
        upload.rewrap(wrapped_key)
        await unit.uploads.save(upload)
        return True

    def _wrapped_anew(self, wrapped: WrappedKey, asset_id: AssetId, manifest: Manifest | None) -> WrappedKey | None:
        try:
            return self.keys.wrap(self.keys.unwrap(wrapped, asset_id, manifest), asset_id, manifest)
        except StoredFileCorrupt:
            return None
