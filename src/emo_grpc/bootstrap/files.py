"""Where the encrypted files are."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emo_grpc.assets.adapters.filesystem_blob_store import FilesystemBlobStore
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.settings import Settings
from emo_grpc.shared.service_layer.clock import Clock

BUSY_THREADS: Final = 2 + (os.cpu_count() or 1)
"""Those that compute: a few more than cores, for some of them wait for the disk."""


@dataclass(frozen=True, slots=True)
class Files:
    """A blob store.

    `threads`: how many it keeps busy at a time; `parts_under_way`: how many parts of one upload. `reading_threads`: how
    many downloads have to themselves, each one that waits for a network; 0: none, for they wait for a disk at most.
    `sealing_threads`: the same for what is sealed meanwhile. `answers` raises or gives False when the store is away.
    """

    threads: int
    parts_under_way: int
    blobs: BlobStore
    answers: Callable[[], Awaitable[bool]]
    reading_threads: int = 0
    sealing_threads: int = 0


def open_files(settings: Settings, clock: Clock, *, patient: bool) -> AbstractAsyncContextManager[Files]:
    """Open the store of the settings, and close it at the end. `patient`: see `started`. Raises CannotStart."""
    if settings.has_shared_files:
        from emo_grpc.bootstrap.bucket import open_bucket  # noqa: PLC0415 - boto3 takes long to import

        return open_bucket(settings, patient=patient)
    return _open_folder(settings.data_folder / "files", clock)


@asynccontextmanager
async def _open_folder(folder: Path, clock: Clock) -> AsyncIterator[Files]:
    blobs = FilesystemBlobStore(folder, clock)

    async def answers() -> bool:
        return await asyncio.to_thread(folder.is_dir)

    try:
        yield Files(BUSY_THREADS, 1, blobs, answers)
    finally:
        blobs.close()
