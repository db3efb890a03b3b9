"""Checks of the bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.bucket_check import BucketUnusable, plain_reason
from emo_grpc.assets.adapters.s3.bucket_probe import probe_bucket
from emo_grpc.bootstrap.s3_storage import bucket_location
from emo_grpc.preflight.clocks import compared
from emo_grpc.preflight.finding import Finding, fail, ok
from emo_grpc.settings import Settings
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.service_layer.clock import Clock


def look_at_s3(settings: Settings) -> list[Finding]:
    """Whether the access key may do in the bucket all that a server does."""
    with _opened(settings) as bucket:
        try:
            probe_bucket(bucket)
        except BucketUnusable as error:
            return [fail(str(error), "correct the settings that begin with ASSET_S3_, or the rights of the access key")]
    return [ok(f"bucket {settings.asset_s3_bucket}: written, read, listed and deleted")]


def look_at_clock(settings: Settings, clock: Clock) -> list[Finding]:
    """Whether the store has about the time that this machine has."""
    with _opened(settings) as bucket:
        before = clock()
        try:
            told = bucket.server_time()
        except Unavailable as error:
            reason = plain_reason(error.__cause__, bucket.name, "list objects")
            return [fail(str(reason) if isinstance(reason, BucketUnusable) else error.message, "see S3")]
        return [compared(told, before, clock(), "the S3 store", unit_seconds=1)]


@contextmanager
def _opened(settings: Settings) -> Iterator[S3Bucket]:
    bucket = S3Bucket(bucket_location(settings))
    try:
        yield bucket
    finally:
        bucket.close()
