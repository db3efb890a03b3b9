import pytest

from emo_grpc.assets.adapters.s3.blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3.bucket_check import check_bucket
from s3_server import S3Server


class AbortingTwice(S3Bucket):
    """As when the answer of the first time was lost."""

    def abort_upload(self, name: str, upload_id: str) -> None:
        super().abort_upload(name, upload_id)
        super().abort_upload(name, upload_id)


def test_an_abort_that_is_sent_again(s3: S3Server, s3_location: S3Location) -> None:
    """The trial of a bucket does not fail when its upload is gone already."""
    bucket = AbortingTwice(s3_location)
    check_bucket(bucket)
    bucket.close()
    assert not s3.client().list_multipart_uploads(Bucket=s3_location.bucket).get("Uploads")


class Killed(Exception):
    """In place of a signal."""


class DyingInTheTrial(S3Bucket):
    """As when the process is killed between two requests."""

    def abort_upload(self, name: str, upload_id: str) -> None:
        raise Killed(name, upload_id)


async def test_a_trial_that_was_cut_off(s3: S3Server, s3_location: S3Location) -> None:
    """It is no upload of anybody, so no move takes it for somebody else's; and the next start drops it."""
    dying, blobs = DyingInTheTrial(s3_location), S3BlobStore(bucket := S3Bucket(s3_location))
    with pytest.raises(Killed):
        check_bucket(dying)
    dying.close()
    assert len(s3.client().list_multipart_uploads(Bucket=s3_location.bucket)["Uploads"]) == 1
    assert [found async for found in blobs.list_unfinished()] == []
    check_bucket(bucket)
    assert not s3.client().list_multipart_uploads(Bucket=s3_location.bucket).get("Uploads")
    blobs.close()
