"""Blobs in memory."""

import secrets
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.memory.parts import MemoryBlobReader, MemoryPartSink, MemoryUpload, size_of
from emo_grpc.assets.adapters.memory.room import Room
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import CompleteBlob, PartReceipt, UnfinishedBlob
from emo_grpc.shared.service_layer.clock import Clock, utc_now

LIMIT: Final = 1 << 30
"""Bytes of all files together, sealed: about 28 for each MiB, and 40 for each part, more than their plaintext."""


class MemoryBlobStore:
    """Holds up to `limit` bytes until the process ends. `objects` is open to tests that damage what is stored."""

    def __init__(self, clock: Clock = utc_now, limit: int = LIMIT) -> None:
        self._clock = clock
        self._room = Room(limit)
        self._lock = threading.Lock()
        self._uploads: dict[str, MemoryUpload] = {}
        self._receipts: dict[BlobKey, tuple[PartReceipt, ...]] = {}
        self._times: dict[BlobKey, datetime] = {}
        self._installation: UUID | None = None
        self.objects: dict[BlobKey, dict[int, bytes]] = {}

    async def begin(self, key: BlobKey, *, is_durable: bool = True) -> str:
        """Begin an upload; gives its handle."""
        del is_durable
        handle = secrets.token_hex(8)
        self._uploads[handle] = MemoryUpload(UnfinishedBlob(key, handle, self._clock()))
        return handle

    def open_part(self, key: BlobKey, upload_handle: str, number: int, generation: int) -> MemoryPartSink:
        """Begin a part."""
        del generation
        return MemoryPartSink(self._upload(key, upload_handle), number, self._room, self._lock, self._complete)

    async def withdraw(self, key: BlobKey, upload_handle: str, generation: int) -> None:
        """Nothing is left to do: parts are withdrawn one by one."""

    async def complete(self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt]) -> None:
        """Make the object visible."""
        self._complete(key, upload_handle, receipts)

    def _complete(self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt]) -> None:
        with self._lock:  # for all of it: the loop may abort the upload and delete the object meanwhile
            if key in self.objects:
                if self._receipts[key] != tuple(receipts):
                    raise StoredFileCorrupt("the object was completed with other parts")
                return
            upload = self._upload(key, upload_handle)
            if not upload.parts.keys() >= set(receipts):
                raise BlobNotFound("a part of the upload is gone")
            self.objects[key] = {receipt.number: upload.parts.pop(receipt) for receipt in receipts}
            self._receipts[key] = tuple(receipts)
            self._times[key] = self._clock()
            self._end(upload)

    async def abort(self, key: BlobKey, upload_handle: str) -> None:
        """Drop everything that an upload has stored."""
        with self._lock:
            upload = self._uploads.get(upload_handle)
            if upload is not None and upload.unfinished.key == key:
                self._end(upload)

    def open(self, key: BlobKey, layout: FileLayout, offset: int = 0, length: int = 0) -> MemoryBlobReader:
        """Begin to read an object."""
        del offset, length
        parts = self.objects.get(key)
        if parts is None:
            raise BlobNotFound("the stored file is gone")
        return MemoryBlobReader(parts, layout)

    def open_unfinished(
        self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt], layout: FileLayout
    ) -> MemoryBlobReader:
        """Begin to read the parts of these receipts."""
        with self._lock:
            stored = self._upload(key, upload_handle).parts
            parts = {receipt.number: stored[receipt] for receipt in receipts if receipt in stored}
        return MemoryBlobReader(parts, layout)

    async def delete(self, key: BlobKey) -> None:
        """Remove an object."""
        with self._lock:
            parts = self.objects.pop(key, {})
            self._room.give_back(size_of(parts))
            parts.clear()  # for those who read it too
            self._receipts.pop(key, None)
            self._times.pop(key, None)

    async def claim(self, installation: UUID) -> UUID:
        """Note whose store it is, until the process ends."""
        self._installation = self._installation or installation
        return self._installation

    async def list_unfinished(self) -> AsyncIterator[UnfinishedBlob]:
        """All uploads that were begun and neither completed nor aborted."""
        for upload in tuple(self._uploads.values()):
            yield upload.unfinished

    async def is_unfinished(self, key: BlobKey, upload_handle: str) -> bool:
        """Whether this upload was begun and neither completed nor aborted."""
        upload = self._uploads.get(upload_handle)
        return upload is not None and upload.unfinished.key == key

    async def list_complete(self, prefix: str = "") -> AsyncIterator[CompleteBlob]:
        """All objects, or those of one prefix."""
        with self._lock:
            found = [CompleteBlob(key, self._times[key]) for key in self.objects if str(key).startswith(prefix)]
        for blob in found:
            yield blob

    def _end(self, upload: MemoryUpload) -> None:
        """The lock is held."""
        del self._uploads[upload.unfinished.upload_handle]
        upload.is_over = True
        self._room.give_back(size_of(upload.parts))

    def _upload(self, key: BlobKey, handle: str) -> MemoryUpload:
        upload = self._uploads.get(handle)
        if upload is None or upload.unfinished.key != key:
            raise BlobNotFound("there is no such upload")
        return upload
