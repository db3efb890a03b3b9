"""Tells the operator, at the start of the server, what is wrong with its bucket."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.errors import RETRY_AFTER, error_code
from emo_grpc.assets.adapters.s3.volumes import PREFIX
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.shared.domain.errors import Unavailable

PROBE: Final = f"{PREFIX}probe"
"""No blob has such a name, so a trial that a crash has left is taken for none; and nothing is ever stored there."""

SENTENCES: Final = {
    "NoSuchBucket": "there is no bucket {bucket}: make it, or correct its name",
    "InvalidAccessKeyId": "the S3 store does not know the access key",
    "SignatureDoesNotMatch": "the secret key is not that of the access key",
    "AccessDenied": "the access key may not {action} in the bucket {bucket}",
    "403": "the access key may not {action} in the bucket {bucket}",  # an answer without a body, as to HEAD
    "PermanentRedirect": "the bucket {bucket} is in another region",
    "AuthorizationHeaderMalformed": "the bucket {bucket} is in another region",
    "RequestTimeTooSkewed": "the clocks of this machine and of the S3 store are more than 15 minutes apart",
}


class BucketUnusable(Exception):
    """The settings have to change, or the rights in the bucket; trying again does not help. The message says which."""


def check_bucket(bucket: S3Bucket, *, writes: bool = True) -> None:
    """Try all that the blob store needs, to read or also to write, and leave nothing behind. Blocking.

    Raises BucketUnusable, and Unavailable if the store does not answer: then it may later.
    """
    trials: dict[str, Callable[[], object]] = {
        "list multipart uploads": lambda: _tidy(bucket),
        "list objects": lambda: next(bucket.objects(PROBE), None),
        "write": lambda: _write(bucket),
    }
    if not writes:
        trials = {"list objects": trials["list objects"]}
    for action, trial in trials.items():
        try:
            trial()
        except Unavailable as error:
            raise plain_reason(error.__cause__, bucket.name, action) from error


def _tidy(bucket: S3Bucket) -> None:
    """Drop earlier trials; one that is under way would be dropped just now too."""
    for trial in bucket.uploads(PROBE):
        _abort(bucket, trial.upload_id)


def _write(bucket: S3Bucket) -> None:
    _abort(bucket, bucket.begin_upload(PROBE))


def _abort(bucket: S3Bucket, upload_id: str) -> None:
    # Who may write but not abort is told so by the sweeper's log; an abort that is sent again finds nothing more.
    with suppress(Unavailable, BlobNotFound):
        bucket.abort_upload(PROBE, upload_id)


def plain_reason(error: BaseException | None, bucket: str, action: str) -> Exception:
    """What to raise for the cause of an Unavailable: BucketUnusable, or Unavailable if the store does not answer."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return BucketUnusable("there are no credentials for the S3 store")
    if isinstance(error, ParamValidationError):  # nothing else that is sent comes from outside
        return BucketUnusable(f"{bucket} is no name of a bucket")
    if isinstance(error, ClientError) and error_code(error) in SENTENCES:
        return BucketUnusable(SENTENCES[error_code(error)].format(bucket=bucket, action=action))
    if isinstance(error, ClientError) and 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
        return BucketUnusable(f"the S3 store refuses to {action} in the bucket {bucket}: {error_code(error)}")
    what = "does not answer" if isinstance(error, BotoCoreError | OSError) else "gives errors"
    return Unavailable(f"the S3 store {what}", retry_after=RETRY_AFTER)
