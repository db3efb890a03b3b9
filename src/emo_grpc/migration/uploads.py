"""Moves uploads that are under way."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from uuid import UUID

from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.integrity.file_copy import CopiedParts, FileCopy
from emo_grpc.assets.service_layer.ports import BlobReader, PartReceipt
from emo_grpc.assets.service_layer.upload.proof import UploadProof
from emo_grpc.assets.service_layer.upload.unfinished_parts import UnfinishedParts
from emo_grpc.migration.report import Told, Unmovable
from emo_grpc.migration.resource_kind import Side, walk
from emo_grpc.shared.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Uploads:
    """Of kind Upload | DamagedUpload. Its parts are proven before they are put into an upload of the target's own."""

    source: Side
    target: Side
    parts: UnfinishedParts
    proof: UploadProof
    copy: FileCopy
    workers: Executor
    told: Told
    name: str = "unfinished uploads"
    noun: str = "asset"

    def walk(self, side: Side) -> AsyncIterator[Upload | DamagedUpload]:
        """See Kind."""
        return walk(side.metadata.inventory.uploads, lambda upload: upload.asset_id)

    def identity(self, thing: Upload | DamagedUpload) -> UUID:
        """That of its asset."""
        return thing.asset_id.value

    def marks(self, thing: Upload | DamagedUpload) -> tuple[UUID, ...]:
        """See Kind."""
        return (thing.blob_key.value,)

    def is_same(self, here: Upload | DamagedUpload, there: Upload | DamagedUpload) -> bool:
        """Each store has a handle of its own. What can't be read here does not take the place of what is there."""
        if isinstance(here, DamagedUpload) or isinstance(there, DamagedUpload):
            return isinstance(here, DamagedUpload)
        return here == replace(there, upload_handle=here.upload_handle)

    async def is_stored(self, there: Upload | DamagedUpload) -> bool:
        """S3 tells of the upload, and not of its parts."""
        return isinstance(there, Upload) and await self.copy.target.is_unfinished(there.blob_key, there.upload_handle)

    def size(self, thing: Upload | DamagedUpload) -> int:
        """What is persisted."""
        return thing.persisted_size if isinstance(thing, Upload) else 0

    async def remove(self, there: Upload | DamagedUpload, *, is_gone: bool) -> None:
        """At once with its parts: by an event they would go when the same blob key has become a complete file."""
        del is_gone
        if isinstance(there, Upload):
            await self.copy.target.abort(there.blob_key, there.upload_handle)
        await self.target.change_assets(lambda unit: unit.uploads.remove(replace(there)))

    async def bring(self, here: Upload | DamagedUpload) -> None:
        """When its commit fails nobody knows how that ended, so its parts are left for the next move to judge."""
        if isinstance(here, DamagedUpload):
            raise Unmovable("what is known of its upload was damaged in the database")
        copied = await self._copy(here)
        await self.target.change_assets(lambda unit: unit.uploads.add(_moved(here, copied)))

    async def _copy(self, upload: Upload) -> CopiedParts:
        async with self.source.assets() as unit:
            tokens = await unit.uploads.receipts(upload.asset_id)
        receipts = [PartReceipt(number, token) for number, token in enumerate(tokens, start=1)]
        loop = asyncio.get_running_loop()
        try:
            reader = await loop.run_in_executor(self.workers, self._proven, upload, receipts)
        except (StoredFileCorrupt, Unavailable) as error:
            raise Unmovable(f"what was uploaded so far is damaged: {error.message}") from error
        return await self.copy.copy(upload.blob_key, reader, upload.layout, upload.part_count, self.told)

    def _proven(self, upload: Upload, receipts: list[PartReceipt]) -> BlobReader:
        reader = self.parts.open_unfinished(upload.blob_key, upload.upload_handle, receipts, upload.layout)
        self.proof.prove(upload, reader)
        return reader


def _moved(upload: Upload, copied: CopiedParts) -> Upload:
    tokens = [receipt.token for receipt in copied.receipts]
    return replace(upload, version=upload.version - 1, upload_handle=copied.upload_handle, new_receipts=tokens)
