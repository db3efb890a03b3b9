"""Files in an S3 bucket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from emo_grpc.assets.adapters.s3_blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3_bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3_start import PROBE, BucketUnusable, check_bucket
from emo_grpc.bootstrap.files import Files
from emo_grpc.bootstrap.starting import started
from emo_grpc.settings import CannotStart, Settings

S3_THREADS: Final = 16
"""Most of them wait for the network."""

S3_PARTS: Final = 4
"""With two an upload is clearly slower."""


@asynccontextmanager
async def open_bucket(settings: Settings, *, patient: bool) -> AsyncIterator[Files]:
    """Open the bucket of the settings, and close it at the end. `patient`: see `started`. Raises CannotStart."""
    bucket = S3Bucket(
        S3Location(
            bucket=settings.asset_s3_bucket,
            url=settings.asset_s3_url or None,
            region=settings.asset_s3_region or None,
            access_key=settings.asset_s3_access or None,
            secret_key=settings.asset_s3_secret.get_secret_value() or None,
        )
    )
    blobs = S3BlobStore(bucket)

    async def answers() -> bool:
        await asyncio.to_thread(next, bucket.objects(PROBE), None)
        return True

    try:
        async with started("S3", partial(asyncio.to_thread, _check, bucket), patient=patient):
            yield Files(S3_THREADS, S3_PARTS, blobs, answers)
    finally:
        blobs.close()


def _check(bucket: S3Bucket) -> None:
    try:
        check_bucket(bucket)
    except BucketUnusable as error:
        raise CannotStart(f"ASSET_S3_BUCKET can't be used: {error}") from error
