"""Keeps the stores tidy."""

from dataclasses import dataclass, replace
from typing import Final

from emo_grpc.assets.domain.commands import DropBlob, ExpireUploads, RemoveOrphans, RewrapKeys
from emo_grpc.assets.domain.events import AssetDeleted, UploadDropped
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import BlobStore, KeyRing
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWorkFactory
from emo_grpc.shared.service_layer.clock import Clock

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class MaintenanceHandlers:
    """The handlers, with what they need. All of them may be repeated."""

    unit_of_work: AssetsUnitOfWorkFactory
    blobs: BlobStore
    keys: KeyRing
    clock: Clock

    async def expire_uploads(self, _: ExpireUploads) -> int:
        """Drop some uploads whose time is over, and forget old request ids."""
        now = self.clock()
        async with self.unit_of_work() as unit:
            uploads = await unit.uploads.expired(now, BATCH)
            for upload in uploads:
                upload.drop()
                await unit.uploads.remove(upload)
            forgotten = await unit.idempotency.sweep(now)
            if uploads or forgotten:
                await unit.commit()
            return len(uploads)

    async def rewrap_keys(self, _: RewrapKeys) -> int:
        """Wrap some data keys anew; no byte of any file is touched."""
        kek_id = self.keys.current_kek_id
        async with self.unit_of_work() as unit:
            assets = await unit.assets.not_wrapped_with(kek_id, BATCH)
            for asset in assets:
                if asset.content is not None:
                    manifest = asset.content.manifest
                    plain = self.keys.unwrap(asset.content.wrapped_key, asset.asset_id, manifest)
                    asset.content = replace(asset.content, wrapped_key=self.keys.wrap(plain, asset.asset_id, manifest))
                    await unit.assets.save(asset)
            uploads = await unit.uploads.not_wrapped_with(kek_id, BATCH)
            for upload in uploads:
                plain = self.keys.unwrap(upload.wrapped_key, upload.asset_id, None)
                upload.wrapped_key = self.keys.wrap(plain, upload.asset_id, None)
                await unit.uploads.save(upload)
            await unit.commit()
            return len(assets) + len(uploads)

    async def remove_orphans(self, command: RemoveOrphans) -> int:
        """Remove what a crash between the blob store and the database left behind."""
        removed = 0
        async for unfinished in self.blobs.list_unfinished():
            if unfinished.begin_time < command.before and not await self._is_known(unfinished.key):
                await self.blobs.abort(unfinished.key, unfinished.upload_handle)
                removed += 1
        return removed

    async def drop_blob(self, command: DropBlob) -> None:
        """Remove an object, and whatever of it is unfinished."""
        if command.upload_handle:
            await self.blobs.abort(command.blob_key, command.upload_handle)
        await self.blobs.delete(command.blob_key)

    async def delete_blob_of_asset(self, event: AssetDeleted) -> None:
        """The bytes follow the key."""
        await self.drop_blob(DropBlob(event.blob_key))

    async def drop_blob_of_upload(self, event: UploadDropped) -> None:
        """Both ways, for the object may have been completed just before."""
        await self.drop_blob(DropBlob(event.blob_key, event.upload_handle))

    async def _is_known(self, key: BlobKey) -> bool:
        async with self.unit_of_work() as unit:
            return await unit.uploads.knows_blob(key)
