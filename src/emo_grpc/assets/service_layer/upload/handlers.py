"""Carries an upload from its start to a visible file."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from emo_grpc.assets.domain.commands import (
    CancelUpload,
    CheckpointUpload,
    CloseUpload,
    CompleteAtOnce,
    CompleteObject,
    CompleteUpload,
    RestartUpload,
)
from emo_grpc.assets.domain.content import Manifest, StoredContent
from emo_grpc.assets.domain.errors import (
    FileAlreadyComplete,
    OwnerRemoved,
    UploadCorrupt,
)
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.encryption import KeyRing
from emo_grpc.assets.service_layer.owned_assets import changeable_asset
from emo_grpc.assets.service_layer.ports import BlobStore, PartReceipt
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.assets.service_layer.upload.under_way import current, drop
from emo_grpc.shared.service_layer.clock import Clock


@dataclass(frozen=True, slots=True)
class UploadHandlers:
    """The handlers, with what they need. `expire_after`: how long an upload lives after its last checkpoint."""

    units: AssetsUnits
    blobs: BlobStore
    keys: KeyRing
    quota: Quota
    clock: Clock
    expire_after: timedelta

    async def checkpoint_upload(self, command: CheckpointUpload) -> None:
        """Record that the next part is stored, and persisted from then on."""
        async with self.units() as unit:
            upload = await current(unit, command.asset_id, command.fence)
            upload.checkpoint(
                command.fence,
                token=command.token,
                size=command.size,
                crc32c=command.crc32c,
                is_last=command.is_last,
                expire_time=self.clock() + self.expire_after,
            )
            await unit.uploads.save(upload)
            if upload.reserved_bytes > upload.declared_size:
                for owner_id in upload.owner_ids:
                    with suppress(OwnerRemoved):
                        await self.quota.check(unit, owner_id, 0)
            await unit.commit()

    async def close_upload(self, command: CloseUpload) -> None:
        """Record that all bytes have come."""
        async with self.units() as unit:
            upload = await current(unit, command.asset_id, command.fence)
            if not upload.is_closed:
                upload.close()
                await unit.uploads.save(upload)
                await unit.commit()

    async def complete_object(self, command: CompleteObject) -> None:
        """Make the object visible. The store may take its time, so no unit is open meanwhile.

        A crash before or after leaves a closed upload, which the next stream completes.
        """
        async with self.units() as unit:
            upload = await current(unit, command.asset_id, command.fence)
            tokens = await unit.uploads.receipts(command.asset_id)
        if not upload.has_receipts(tokens, command.tokens):
            raise UploadCorrupt
        receipts = [PartReceipt(number, token) for number, token in enumerate(tokens, start=1)]
        await self.blobs.complete(upload.blob_key, upload.upload_handle, receipts)

    async def complete_upload(self, command: CompleteUpload) -> None:
        """Make the asset READY with its key bound to the manifest."""
        async with self.units() as unit:
            upload = await current(unit, command.asset_id, command.fence)
            await self._bind(unit, upload, command.data_key)

    async def complete_at_once(self, command: CompleteAtOnce) -> None:
        """Note the only part, which is the object already, and make the asset READY with its key bound to the manifest.

        A crash before leaves an upload of which nothing is persisted; the next stream begins another one in its place.
        """
        async with self.units() as unit:
            upload = await current(unit, command.asset_id, command.fence)
            upload.checkpoint(
                command.fence,
                token=command.token,
                size=command.size,
                crc32c=command.crc32c,
                is_last=True,
                expire_time=upload.expire_time,
            )
            await self._bind(unit, upload, command.data_key)

    async def _bind(self, unit: AssetsUnitOfWork, upload: Upload, data_key: bytes) -> None:
        asset = await unit.assets.get(upload.asset_id)
        manifest = Manifest(upload.persisted_size, upload.part_size, upload.crc32c)
        wrapped_key = self.keys.wrap(data_key, asset.asset_id, manifest)
        asset.complete(StoredContent(upload.blob_key, manifest, wrapped_key), now=self.clock())
        await unit.uploads.remove(upload)
        await unit.assets.save(asset)
        await unit.commit()

    async def restart_upload(self, command: RestartUpload) -> None:
        """Drop what was received, if the stream is still the last."""
        async with self.units() as unit:
            upload = await current(unit, command.asset_id, command.fence)
            await drop(unit, upload)

    async def cancel_upload(self, command: CancelUpload) -> None:
        """Drop what was received; the asset stays PENDING."""
        async with self.units() as unit:
            asset = await changeable_asset(unit, command.asset_id, command.owner_id)
            if asset.content is not None:
                raise FileAlreadyComplete("the file of this asset is complete: delete the asset instead")
            upload = await unit.uploads.find(command.asset_id)
            if upload is not None:
                await drop(unit, upload)
