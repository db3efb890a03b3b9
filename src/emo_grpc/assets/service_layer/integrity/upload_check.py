"""Checks uploads that are under way."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

from emo_grpc.assets.domain.errors import KeyUnknown, StoredFileCorrupt
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.encryption import KeyRing
from emo_grpc.assets.service_layer.integrity.file_check import Damage, Problem, problem_of
from emo_grpc.assets.service_layer.ports import BlobStore


@dataclass(frozen=True, slots=True)
class UploadCheck:
    """Whether an upload can go on. Its parts can't be read before it is complete."""

    blobs: BlobStore
    keys: KeyRing
    threads: Executor

    async def check(self, upload: Upload) -> list[Damage]:
        """Check its key, and that the store knows of it. Raises Unavailable."""
        try:
            self.keys.unwrap(upload.wrapped_key, upload.asset_id, None)
        except KeyUnknown:
            return [Damage(0, Problem.KEY_UNKNOWN)]
        except StoredFileCorrupt:
            return [Damage(0, Problem.METADATA_CHANGED)]
        if upload.is_to_be_replaced:  # by the next stream, whatever is left of it
            return []
        if await self.blobs.is_unfinished(upload.blob_key, upload.upload_handle):
            return []
        return await self._completed(upload) if upload.is_closed else [Damage(0, Problem.MISSING)]

    async def _completed(self, upload: Upload) -> list[Damage]:
        """A crash may have come between the store and the database: the next stream finishes such an upload."""
        loop = asyncio.get_running_loop()
        try:
            reader = await loop.run_in_executor(self.threads, self.blobs.open, upload.blob_key, upload.layout)
        except StoredFileCorrupt as error:
            return [Damage(0, problem_of(error))]
        await loop.run_in_executor(self.threads, reader.close)
        return []
