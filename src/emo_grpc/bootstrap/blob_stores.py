"""Opens the store of the encrypted files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.bootstrap.blob_storage import BUSY_THREADS, Files
from emo_grpc.settings import Settings
from emo_grpc.shared.service_layer.clock import Clock


def open_files(settings: Settings, clock: Clock, *, patient: bool) -> AbstractAsyncContextManager[Files]:
    """Open the store of the settings, and close it at the end. `patient`: see `started`. Raises CannotStart."""
    if settings.has_shared_files:
        from emo_grpc.bootstrap.s3_storage import open_bucket  # noqa: PLC0415 - boto3 takes long to import

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
