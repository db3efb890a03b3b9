"""Uploads that are not finished, as a kind of resource."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.integrity.file_copy import CopiedParts, FileCopy
from emo_grpc.assets.service_layer.inventory import all_uploads
from emo_grpc.assets.service_layer.ports import BlobReader, PartReceipt
from emo_grpc.assets.service_layer.upload.proof import UploadProof
from emo_grpc.assets.service_layer.upload.unfinished_parts import UnfinishedParts
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import CannotMigrate
from emo_grpc.migration.resource_kind import ResourceKind
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Uploads(ResourceKind[Upload | DamagedUpload]):
    """Unfinished uploads. Their parts are proven, then put into a new upload in the target's bucket."""

    source: MetadataStore
    target: MetadataStore
    parts: UnfinishedParts
    proof: UploadProof
    file_copy: FileCopy
    threads: Executor
    advance: Callable[[float], None]
    name: ClassVar[str] = "unfinished uploads"
    noun: ClassVar[str] = "asset"
    damaged: ClassVar[type[Aggregate]] = DamagedUpload

    def walk(self, store: MetadataStore) -> AsyncIterator[Upload | DamagedUpload]:
        """All uploads, those whose document is damaged too."""
        return all_uploads(store.metadata.inventory)

    def identity(self, resource: Upload | DamagedUpload) -> UUID:
        """The id of its asset."""
        return resource.asset_id.value

    def journal_ids(self, resource: Upload | DamagedUpload) -> tuple[UUID, ...]:
        """Its blob key: the id of its asset is noted with the asset."""
        return (resource.blob_key.value,)

    def is_same(self, source: Upload | DamagedUpload, target: Upload | DamagedUpload) -> bool:
        """Compare all but the handle, which each blob store makes itself."""
        if isinstance(source, Upload) and isinstance(target, Upload):
            return source == replace(target, upload_handle=source.upload_handle)
        return isinstance(source, DamagedUpload)

    async def has_bytes(self, target: Upload | DamagedUpload) -> bool:
        """Whether the bucket has the upload: S3 does not show the bytes of its parts."""
        if isinstance(target, DamagedUpload):
            return False
        return await self.file_copy.target.is_unfinished(target.blob_key, target.upload_handle)

    def size(self, resource: Upload | DamagedUpload) -> int:
        """What is persisted."""
        return resource.persisted_size if isinstance(resource, Upload) else 0

    async def remove(self, target: Upload | DamagedUpload, *, is_gone: bool) -> None:
        """Remove its parts now: an event could come after the same blob key has become a complete file."""
        del is_gone
        if isinstance(target, Upload):
            await self.file_copy.target.abort(target.blob_key, target.upload_handle)
        await self.target.change(self.target.assets, lambda unit: unit.uploads.remove(replace(target)))

    async def copy(self, source: Upload | DamagedUpload) -> None:
        """Prove the parts, copy them, and store the upload. Raises CannotMigrate, Unavailable.

        When the commit fails, nobody knows whether it came to pass: the parts stay, and the next run decides.
        """
        if isinstance(source, DamagedUpload):
            raise CannotMigrate("what is known of its upload was damaged in the database")
        upload = _with_receipts(source, await self._copy_parts(source))
        await self.target.change(self.target.assets, lambda unit: unit.uploads.add(replace(upload)))

    async def _copy_parts(self, upload: Upload) -> CopiedParts:
        async with self.source.assets() as unit:
            tokens = await unit.uploads.receipts(upload.asset_id)
        receipts = [PartReceipt(number, token) for number, token in enumerate(tokens, start=1)]
        loop = asyncio.get_running_loop()
        try:
            reader = await loop.run_in_executor(self.threads, self._proven, upload, receipts)
        except (StoredFileCorrupt, Unavailable) as error:
            raise CannotMigrate(f"what was uploaded so far is damaged: {error.message}") from error
        return await self.file_copy.copy(upload.blob_key, reader, upload.layout, upload.part_count, self.advance)

    def _proven(self, upload: Upload, receipts: list[PartReceipt]) -> BlobReader:
        reader = self.parts.open_unfinished(upload.blob_key, upload.upload_handle, receipts, upload.layout)
        self.proof.prove(upload, reader)
        return reader


def _with_receipts(upload: Upload, copied: CopiedParts) -> Upload:
    tokens = [receipt.token for receipt in copied.receipts]
    return replace(upload, version=upload.version - 1, upload_handle=copied.upload_handle, new_receipts=tokens)
