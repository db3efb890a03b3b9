"""Blobs in an S3 bucket."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from emo_grpc.assets.adapters.s3.blob_reader import S3BlobReader
from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.completion import complete
from emo_grpc.assets.adapters.s3.extents import stored_range
from emo_grpc.assets.adapters.s3.part_buffers import PartBuffers
from emo_grpc.assets.adapters.s3.part_sink import S3PartSink
from emo_grpc.assets.adapters.s3.volumes import (
    PREFIX,
    Volume,
    first_volume,
    handle_of,
    object_name,
    parse_name,
    parts_by_volume,
    token_of,
)
from emo_grpc.assets.adapters.thread_buffer import ThreadBuffer
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import CompleteBlob, PartReceipt, UnfinishedBlob

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 8
VOLUMES: Final = 4096
"""Of how many writers that came later we remember the multipart upload. One that is forgotten begins another."""

BATCH: Final = 1000
INSTALLATION: Final = f"{PREFIX}installation"


class S3BlobStore:
    """Each writer of a blob has a multipart upload of its own, see `s3_volumes`; nearly every blob is one object.

    Parts have the MD5 or whatever the store makes of them as ETag, which with the upload's id is their token.
    """

    def __init__(self, bucket: S3Bucket) -> None:
        self._bucket = bucket
        self._buffers = PartBuffers()
        self._thread_buffer = ThreadBuffer()
        self._threads = ThreadPoolExecutor(THREADS, "s3")
        self._beginning = threading.Lock()
        self._volumes: OrderedDict[tuple[str, int], Volume] = OrderedDict()

    async def begin(self, key: BlobKey, *, is_durable: bool = True) -> str:
        """Begin an upload; gives its handle."""
        del is_durable
        return handle_of(key, await self._run(self._bucket.begin_upload, object_name(key)))

    def open_part(self, key: BlobKey, upload_handle: str, number: int, generation: int) -> S3PartSink:
        """Begin a part."""
        first = first_volume(key, upload_handle)
        volume = first if generation == 1 else self._volume(first, upload_handle, number, generation)
        return S3PartSink(
            self._bucket,
            first,
            volume,
            number,
            buffers=self._buffers,
            token_of=partial(token_of, volume, is_first=volume == first),
            complete=partial(self._complete_one, key, upload_handle),
        )

    async def withdraw(self, key: BlobKey, upload_handle: str, generation: int) -> None:
        """Drop the volume of a later writer; the parts of the first one go with the upload."""
        with self._beginning:
            volume = self._volumes.pop((upload_handle, generation), None)
        if volume is not None and volume.key == key:
            with suppress(BlobNotFound):
                await self._run(self._bucket.abort_upload, volume.name, volume.upload_id)

    async def complete(self, key: BlobKey, upload_handle: str, receipts: Sequence[PartReceipt]) -> None:
        """Make the object visible."""
        first = first_volume(key, upload_handle)
        volumes = parts_by_volume(key, upload_handle, receipts)
        await self._run(complete, self._bucket, volumes)
        if [parts.volume for parts in volumes] != [first]:
            await self._run(self._abort_all, key, first)

    async def abort(self, key: BlobKey, upload_handle: str) -> None:
        """Drop everything that an upload has stored."""
        with suppress(BlobNotFound):
            await self._run(self._abort, key, first_volume(key, upload_handle))

    def open(self, key: BlobKey, layout: FileLayout, offset: int = 0, length: int = 0) -> S3BlobReader:
        """Begin to read an object."""
        return S3BlobReader(self._bucket, key, layout, stored_range(layout, offset, length), self._thread_buffer)

    async def delete(self, key: BlobKey) -> None:
        """Remove an object."""
        await self._run(self._delete, key)

    async def claim(self, installation: UUID) -> UUID:
        """In an object of its own, beside those of the blobs."""
        return UUID(await self._run(self._bucket.write_once, INSTALLATION, str(installation)))

    async def list_unfinished(self) -> AsyncIterator[UnfinishedBlob]:
        """All uploads that were begun and neither completed nor aborted."""
        async for found in self._iterate(self._bucket.uploads(PREFIX)):
            name = parse_name(found.name)
            if name is not None:
                yield UnfinishedBlob(name[0], handle_of(name[0], found.upload_id), found.begin_time)

    async def is_unfinished(self, key: BlobKey, upload_handle: str) -> bool:
        """Whether this upload was begun and neither completed nor aborted."""
        try:
            first = first_volume(key, upload_handle)
            await self._run(self._bucket.check_upload, first.name, first.upload_id)
        except BlobNotFound:
            return False
        return True

    async def list_complete(self, prefix: str = "") -> AsyncIterator[CompleteBlob]:
        """All objects, or those of one prefix."""
        async for found in self._iterate(self._bucket.objects(PREFIX + prefix)):
            name = parse_name(found.name)
            if name is not None and name[1] == 1:
                yield CompleteBlob(name[0], found.time)

    def close(self) -> None:
        """Let the threads end after what they do."""
        self._threads.shutdown()
        self._bucket.close()

    def _complete_one(self, key: BlobKey, upload_handle: str, receipt: PartReceipt) -> None:
        complete(self._bucket, parts_by_volume(key, upload_handle, [receipt]))

    def _volume(self, first: Volume, handle: str, number: int, generation: int) -> Volume:
        with self._beginning:
            known = self._volumes.get((handle, generation))
        if known is not None:
            return known
        # Else a writer who comes late would begin again what was completed or aborted.
        self._bucket.check_upload(first.name, first.upload_id)
        volume = Volume(first.key, number, self._bucket.begin_upload(object_name(first.key, number)))
        with self._beginning:
            self._volumes[handle, generation] = volume
            if len(self._volumes) > VOLUMES:
                self._volumes.popitem(last=False)
        return volume

    def _abort(self, key: BlobKey, first: Volume) -> None:
        self._abort_all(key, first)
        # Not HEAD: it can't tell a missing object from a proxy that has lost its store.
        if all(found.name != first.name for found in self._bucket.objects(first.name)):
            # A crash may have left volumes that were completed before the one that makes the file visible.
            self._delete(key)

    def _abort_all(self, key: BlobKey, first: Volume) -> None:
        with suppress(BlobNotFound):
            self._bucket.abort_upload(first.name, first.upload_id)
        for found in self._bucket.uploads(first.name):
            name = parse_name(found.name)
            if name is not None and name[0] == key:
                with suppress(BlobNotFound):
                    self._bucket.abort_upload(found.name, found.upload_id)

    def _delete(self, key: BlobKey) -> None:
        for found in self._bucket.objects(object_name(key)):
            name = parse_name(found.name)
            if name is not None and name[0] == key:
                self._bucket.delete(found.name)

    async def _iterate(self, found: Iterator[T]) -> AsyncIterator[T]:
        while batch := await self._run(_take, found):
            for one in batch:
                yield one

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._threads.submit(work, *args, **kwargs))


def _take(found: Iterator[T]) -> list[T]:
    return [one for one, _ in zip(found, range(BATCH), strict=False)]
