from emo_grpc.assets.adapters.s3_bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3_start import check_bucket
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
