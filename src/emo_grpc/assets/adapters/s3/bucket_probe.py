"""Does with an object of its own all that the blob store does with files."""

import io
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.bucket_check import plain_reason
from emo_grpc.assets.adapters.s3.volumes import PREFIX
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.shared.domain.errors import EmoError, Unavailable

PROBE: Final = f"{PREFIX}check-"
"""How its names begin: neither of a blob nor of the trials that a server makes at its start, which it drops."""
CONTENT: Final = b"emo admin check"


def probe_bucket(bucket: S3Bucket) -> None:
    """Write an object in parts and as a whole, read, list and delete it; nothing is left behind. Blocking.

    Raises BucketUnusable that says what is not allowed, and Unavailable if the store does not answer.
    """
    name = f"{PROBE}{secrets.token_hex(8)}"
    trials: dict[str, Callable[[], object]] = {
        "list multipart uploads": lambda: next(bucket.uploads(name), None),
        "list objects": lambda: next(bucket.objects(name), None),
        "write in parts": lambda: _write(bucket, name),
        "read": lambda: _read(bucket, name),
        "delete": lambda: bucket.delete(name),
        "write": lambda: bucket.write_once(name, CONTENT.decode()),
        "abort multipart uploads": lambda: bucket.abort_upload(name, bucket.begin_upload(name)),
    }
    try:
        for action, trial in trials.items():
            _try(bucket.name, action, trial)
    finally:
        with suppress(EmoError):
            bucket.delete(name)


def _try(bucket: str, action: str, trial: Callable[[], object]) -> None:
    try:
        trial()
    except Unavailable as error:
        raise plain_reason(error.__cause__, bucket, action) from error
    except BlobNotFound as error:
        raise Unavailable(f"the S3 store does not have what it took, or can't {action}") from error


def _write(bucket: S3Bucket, name: str) -> None:
    upload_id = bucket.begin_upload(name)
    try:
        etag = bucket.put_part(name, upload_id, 1, io.BytesIO(CONTENT))
        bucket.complete_upload(name, upload_id, {1: etag})
    except EmoError:
        with suppress(EmoError):
            bucket.abort_upload(name, upload_id)
        raise


def _read(bucket: S3Bucket, name: str) -> None:
    size = bucket.head(name).size
    with bucket.get(name, 0, size) as body:
        if body.read() != CONTENT:
            raise BlobNotFound("the store gives other bytes than it took")
