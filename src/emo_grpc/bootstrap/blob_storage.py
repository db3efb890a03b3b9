"""The blob store that the settings choose."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.bootstrap.extra_packages import require_extra
from emo_grpc.extras import Extra
from emo_grpc.settings import Settings
from emo_grpc.shared.service_layer.clock import Clock

BUSY_THREADS: Final = 2 + (os.cpu_count() or 1)
"""Threads that encrypt or read: a few more than there are cores, because some of them wait for the disk."""


@dataclass(frozen=True, slots=True)
class BlobStorage:
    """A blob store, and how much work it wants at a time.

    `threads`: how many it keeps busy; `parts_under_way`: how many parts of one upload. `reading_threads`: how many
    downloads have a thread of their own, because it waits for a network; 0: none, it waits for a disk at most.
    `sealing_threads`: how many seal while those wait. `answers` raises or gives False when the store is away.
    """

    threads: int
    parts_under_way: int
    blobs: BlobStore
    answers: Callable[[], Awaitable[bool]]
    reading_threads: int = 0
    sealing_threads: int = 0


def open_blob_storage(
    settings: Settings, clock: Clock, *, retries_start: bool
) -> AbstractAsyncContextManager[BlobStorage]:
    """Open the store of the settings, and close it at the end. Raises as `engine_started` does."""
    if settings.has_shared_files:
        require_extra(Extra.S3, "ASSET_S3_BUCKET")
        from emo_grpc.bootstrap.s3_storage import open_bucket  # noqa: PLC0415 - boto3 takes long to import

        return open_bucket(settings, retries_start=retries_start)
    if settings.is_ephemeral:
        return _in_memory(clock)
    return _open_folder(settings.data_folder / "files", clock)


@asynccontextmanager
async def _open_folder(folder: Path, clock: Clock) -> AsyncIterator[BlobStorage]:
    blobs = FilesystemBlobStore(folder, clock)

    async def answers() -> bool:
        return await asyncio.to_thread(folder.is_dir)

    try:
        yield BlobStorage(BUSY_THREADS, 1, blobs, answers)
    finally:
        blobs.close()


@asynccontextmanager
async def _in_memory(clock: Clock) -> AsyncIterator[BlobStorage]:
    async def answers() -> bool:
        return True

    yield BlobStorage(BUSY_THREADS, 1, MemoryBlobStore(clock), answers)
