"""Files in an S3 bucket."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from emo_grpc.assets.adapters.s3.blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3.bucket_check import PROBE, BucketUnusable, check_bucket
from emo_grpc.assets.service_layer.transfer_slots import MAX_STREAMS
from emo_grpc.bootstrap.blob_storage import BUSY_THREADS, BlobStorage
from emo_grpc.bootstrap.engine_start import engine_started
from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.shared.domain.errors import Unavailable

S3_THREADS: Final = 16
"""Threads that send parts and wait for the network. Others encrypt, so that encryption never waits for the network."""

S3_READING_THREADS: Final = MAX_STREAMS
"""Threads: one for each download stream, so that none waits for the stalled request of another one."""

S3_PARTS: Final = 4
"""Parts of one upload that are sent at the same time; with two, uploads are clearly slower."""

START_SECONDS: Final = 10
"""How long a start waits for S3; then the server starts without it."""


@asynccontextmanager
async def open_bucket(settings: Settings, *, retries_start: bool) -> AsyncIterator[BlobStorage]:
    """Open the bucket of the settings, and close it at the end. Raises as `engine_started` does."""
    bucket = S3Bucket(bucket_location(settings))
    blobs = S3BlobStore(bucket)
    # A thread of its own: a silent S3 blocks it for up to a minute, and asyncio's threads are needed for DNS.
    probing = ThreadPoolExecutor(1, "s3-probe")
    probe = partial(asyncio.get_running_loop().run_in_executor, probing)

    async def start() -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await probe(_check, bucket)
        except TimeoutError as error:
            raise Unavailable("the S3 store does not answer in time") from error

    async def answers() -> bool:
        await probe(next, bucket.objects(PROBE), None)
        return True

    try:
        async with engine_started("S3", start, retries_start=retries_start):
            yield BlobStorage(S3_THREADS, S3_PARTS, blobs, answers, S3_READING_THREADS, BUSY_THREADS)
    finally:
        blobs.close()
        probing.shutdown(wait=False, cancel_futures=True)


def bucket_location(settings: Settings) -> S3Location:
    """Where the files are."""
    return S3Location(
        bucket=settings.asset_s3_bucket,
        url=settings.asset_s3_url or None,
        region=settings.asset_s3_region or None,
        access_key=settings.asset_s3_access or None,
        secret_key=settings.asset_s3_secret.get_secret_value() or None,
    )


def _check(bucket: S3Bucket) -> None:
    try:
        check_bucket(bucket)
    except BucketUnusable as error:
        raise InvalidSettings(f"ASSET_S3_BUCKET can't be used: {error}") from error
