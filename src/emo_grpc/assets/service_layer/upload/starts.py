"""Begins uploads."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import overload

from emo_grpc.assets.domain.commands import StartUpload
from emo_grpc.assets.domain.errors import UploadCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import is_small_file, part_size_for
from emo_grpc.assets.domain.tickets import CompleteFile, OpenUpload, UploadTicket
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.encryption import KeyRing
from emo_grpc.assets.service_layer.owned_assets import changeable_asset
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.assets.service_layer.upload.tickets import check_offset, ticket_of_complete, ticket_of_upload
from emo_grpc.assets.service_layer.upload.under_way import drop, under_way
from emo_grpc.assets.service_layer.views import AssetViews, UploadView
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.thread_work import run_to_end


@dataclass(frozen=True, slots=True)
class UploadStarts:
    """The handler, with what it needs. `expire_after`: how long an upload lives after its last checkpoint."""

    units: AssetsUnits
    views: AssetViews
    blobs: BlobStore
    keys: KeyRing
    clock: Clock
    expire_after: timedelta

    async def start_upload(self, command: StartUpload) -> UploadTicket:
        """Begin an upload, or take it over: the stream that wrote before is refused from then on."""
        found = await self.views.upload(command.asset_id, command.owner_id)
        if found.complete or found.expire_time is not None:
            async with self.units() as unit:
                if (ticket := await self._ticket(unit, command, None)) is not None:
                    return ticket
        # Outside of a unit of work: the store may take its time, and on SQLite a unit keeps all other writers waiting.
        fresh = await self._begin(command, found)
        try:
            async with self.units() as unit:
                ticket = await self._ticket(unit, command, fresh)
        except (EmoError, asyncio.CancelledError) as error:
            # These may come after the commit, once it is taken over; if they did not, the sweep of orphans finds it.
            if not (fresh.generation and isinstance(error, (Unavailable, asyncio.CancelledError))):
                await self._abort(fresh.blob_key, fresh.upload_handle)
            raise
        if isinstance(ticket, CompleteFile) or ticket.fence.blob_key != fresh.blob_key:  # another stream was first
            await self._abort(fresh.blob_key, fresh.upload_handle)
        return ticket

    async def _abort(self, blob_key: BlobKey, upload_handle: str) -> None:
        with suppress(EmoError):  # what stays is an orphan
            await run_to_end(asyncio.ensure_future(self.blobs.abort(blob_key, upload_handle)))

    @overload
    async def _ticket(self, unit: AssetsUnitOfWork, command: StartUpload, fresh: Upload) -> UploadTicket: ...

    @overload
    async def _ticket(self, unit: AssetsUnitOfWork, command: StartUpload, fresh: None) -> UploadTicket | None: ...

    async def _ticket(
        self, unit: AssetsUnitOfWork, command: StartUpload, fresh: Upload | None
    ) -> UploadTicket | None:  # fmt: skip
        """The ticket for the complete file or the upload that goes on; else for a fresh one, if it is given."""
        asset = await changeable_asset(unit, command.asset_id, command.owner_id)
        if asset.content is not None:
            return ticket_of_complete(asset.content.manifest, command.offset)
        upload = await under_way(unit, asset.asset_id)
        if upload is not None and not upload.has_receipts(await unit.uploads.receipts(asset.asset_id)):
            await drop(unit, upload)
            raise UploadCorrupt
        check_offset(command.offset, 0 if upload is None else upload.persisted_size)
        if upload is not None and not upload.is_to_be_replaced:
            return await self._take_over(unit, upload)
        if fresh is None:
            return None
        fresh.owner_ids = asset.owner_ids
        if upload is not None:
            fresh.expire_time = upload.expire_time  # only bytes that are stored make it live longer
            upload.drop()
            await unit.uploads.remove(upload)
        return await self._take_over(unit, fresh)

    async def _take_over(self, unit: AssetsUnitOfWork, upload: Upload) -> OpenUpload:
        upload.take_over()
        await (unit.uploads.save(upload) if upload.version else unit.uploads.add(upload))
        await unit.commit()
        return ticket_of_upload(upload, self.keys.unwrap(upload.wrapped_key, upload.asset_id, None))

    async def _begin(self, command: StartUpload, found: UploadView) -> Upload:
        blob_key, declared_size = BlobKey.new(), found.declared_size
        is_durable = not is_small_file(declared_size)  # see Upload.is_to_be_replaced
        now = self.clock()
        return Upload(
            asset_id=command.asset_id,
            owner_ids=found.owner_ids,
            declared_size=declared_size,
            part_size=part_size_for(declared_size),
            blob_key=blob_key,
            upload_handle=await self._begin_blob(blob_key, is_durable=is_durable),
            wrapped_key=self.keys.new_key(command.asset_id).wrapped,
            create_time=now,
            expire_time=now + self.expire_after,
        )

    async def _begin_blob(self, blob_key: BlobKey, *, is_durable: bool) -> str:
        beginning = asyncio.ensure_future(self.blobs.begin(blob_key, is_durable=is_durable))
        try:
            return await run_to_end(beginning)
        except asyncio.CancelledError:
            if beginning.done() and not beginning.cancelled() and beginning.exception() is None:
                await self._abort(blob_key, beginning.result())
            raise
