"""Carries an upload from its start to a visible file."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.commands import (
    CancelUpload,
    CheckpointUpload,
    CloseUpload,
    CompleteUpload,
    RestartUpload,
    StartUpload,
)
from emo_grpc.assets.domain.content import Manifest, StoredContent
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import (
    FileAlreadyComplete,
    OwnerRemoved,
    UploadCorrupt,
    UploadNotFound,
    UploadSuperseded,
)
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.layout import part_size_for
from emo_grpc.assets.domain.tickets import CompleteFile, OpenUpload, UploadTicket
from emo_grpc.assets.domain.upload import Fence, Upload
from emo_grpc.assets.service_layer.asset_handlers import changeable_asset
from emo_grpc.assets.service_layer.encryption import KeyRing
from emo_grpc.assets.service_layer.ports import BlobStore, PartReceipt
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.assets.service_layer.upload.tickets import check_offset, ticket_of_complete, ticket_of_upload
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries


@dataclass(frozen=True, slots=True)
class UploadHandlers:
    """The handlers, with what they need. `expire_after`: how long an upload lives after its last checkpoint."""

    units: AssetsUnits
    blobs: BlobStore
    keys: KeyRing
    quota: Quota
    clock: Clock
    expire_after: timedelta
    retries: ConflictRetries = field(default_factory=ConflictRetries)

    async def start_upload(self, command: StartUpload) -> UploadTicket:
        """Begin an upload, or take it over: the stream that wrote before is refused from then on."""
        async with self.units() as unit:
            asset = await changeable_asset(unit, command.asset_id, command.owner_id)
            if (ticket := await self._ticket_of_present(unit, asset, command.offset)) is not None:
                return ticket
        # Outside of a unit of work: the store may take its time, and on SQLite a unit keeps all other writers waiting.
        fresh = await self._begin(asset)
        try:
            ticket = await self._take_over_or_begin(command, fresh)
        except EmoError as error:
            if not isinstance(error, Unavailable):  # which may come after the commit
                await self.blobs.abort(fresh.blob_key, fresh.upload_handle)
            raise
        if isinstance(ticket, CompleteFile) or ticket.fence.blob_key != fresh.blob_key:  # another stream was first
            await self.blobs.abort(fresh.blob_key, fresh.upload_handle)
        return ticket

    async def checkpoint_upload(self, command: CheckpointUpload) -> None:
        """Record that the next part is stored, and persisted from then on."""
        async with self.units() as unit:
            upload = await _current(unit, command.asset_id, command.fence)
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
            upload = await _current(unit, command.asset_id, command.fence)
            if not upload.is_closed:
                upload.close()
                await unit.uploads.save(upload)
                await unit.commit()

    async def complete_upload(self, command: CompleteUpload) -> None:
        """Make the object visible, then the asset READY with its key bound to the manifest.

        A crash in between leaves a closed upload, which the next stream completes. After a conflict only the second
        half is repeated, because the store may take its time.
        """
        async with self.units() as unit:
            upload = await _current(unit, command.asset_id, command.fence)
            tokens = await unit.uploads.receipts(command.asset_id)
        if not upload.has_receipts(tokens, command.tokens):
            raise UploadCorrupt
        receipts = [PartReceipt(number, token) for number, token in enumerate(tokens, start=1)]
        await self.blobs.complete(upload.blob_key, upload.upload_handle, receipts)
        await self.retries.run(partial(self._make_ready, command), upload.owner_ids)

    async def _make_ready(self, command: CompleteUpload) -> None:
        async with self.units() as unit:
            upload = await _current(unit, command.asset_id, command.fence)
            asset = await unit.assets.get(command.asset_id)
            manifest = Manifest(upload.persisted_size, upload.part_size, upload.crc32c)
            wrapped_key = self.keys.wrap(command.data_key, asset.asset_id, manifest)
            asset.complete(StoredContent(upload.blob_key, manifest, wrapped_key), now=self.clock())
            await unit.uploads.remove(upload)
            await unit.assets.save(asset)
            await unit.commit()

    async def restart_upload(self, command: RestartUpload) -> None:
        """Drop what was received, if the stream is still the last."""
        async with self.units() as unit:
            upload = await _current(unit, command.asset_id, command.fence)
            await _drop(unit, upload)

    async def cancel_upload(self, command: CancelUpload) -> None:
        """Drop what was received; the asset stays PENDING."""
        async with self.units() as unit:
            asset = await changeable_asset(unit, command.asset_id, command.owner_id)
            if asset.content is not None:
                raise FileAlreadyComplete("the file of this asset is complete: delete the asset instead")
            upload = await unit.uploads.find(command.asset_id)
            if upload is not None:
                await _drop(unit, upload)

    async def _take_over_or_begin(self, command: StartUpload, fresh: Upload) -> UploadTicket:
        async with self.units() as unit:
            asset = await changeable_asset(unit, command.asset_id, command.owner_id)
            ticket = await self._ticket_of_present(unit, asset, command.offset)
            return ticket or await self._take_over(unit, fresh)

    async def _ticket_of_present(self, unit: AssetsUnitOfWork, asset: Asset, offset: int) -> UploadTicket | None:
        """The ticket for the complete file or the upload that is there; None if there is neither."""
        if asset.content is not None:
            return ticket_of_complete(asset.content.manifest, offset)
        upload = await _under_way(unit, asset.asset_id)
        if upload is not None and not upload.has_receipts(await unit.uploads.receipts(asset.asset_id)):
            await _drop(unit, upload)
            raise UploadCorrupt
        check_offset(offset, 0 if upload is None else upload.persisted_size)
        return None if upload is None else await self._take_over(unit, upload)

    async def _take_over(self, unit: AssetsUnitOfWork, upload: Upload) -> OpenUpload:
        upload.take_over()
        await (unit.uploads.save(upload) if upload.version else unit.uploads.add(upload))
        await unit.commit()
        return ticket_of_upload(upload, self.keys.unwrap(upload.wrapped_key, upload.asset_id, None))

    async def _begin(self, asset: Asset) -> Upload:
        blob_key = BlobKey.new()
        now = self.clock()
        return Upload(
            asset_id=asset.asset_id,
            owner_ids=asset.owner_ids,
            declared_size=asset.file.size_bytes,
            part_size=part_size_for(asset.file.size_bytes),
            blob_key=blob_key,
            upload_handle=await self.blobs.begin(blob_key),
            wrapped_key=self.keys.new_key(asset.asset_id).wrapped,
            create_time=now,
            expire_time=now + self.expire_after,
        )


async def _current(unit: AssetsUnitOfWork, asset_id: AssetId, fence: Fence) -> Upload:
    upload = await _under_way(unit, asset_id)
    if upload is None:
        await unit.assets.get(asset_id)  # it may be gone as well
        raise UploadSuperseded
    upload.check(fence)
    return upload


async def _under_way(unit: AssetsUnitOfWork, asset_id: AssetId) -> Upload | None:
    with suppress(UploadNotFound):
        return await unit.uploads.get(asset_id)
    return None


async def _drop(unit: AssetsUnitOfWork, upload: Upload | DamagedUpload) -> None:
    upload.drop()
    await unit.uploads.remove(upload)
    await unit.commit()
