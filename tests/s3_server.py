"""An S3 for tests: a real one whose address stands in the environment, else moto's."""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from emo_grpc.assets.adapters.s3.bucket import S3Location


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it is, and who we are to it. `is_real`: it is not a stand-in."""

    url: str
    access_key: str
    secret_key: str
    is_real: bool

    def new_bucket(self) -> S3Location:
        """Make one that nobody else uses; it stays until the server ends."""
        location = self.location(f"emo-{secrets.token_hex(8)}")
        self.client().create_bucket(Bucket=location.bucket)
        return location

    # Any: boto3 ships no types.
    def client(self) -> Any:
        """To look behind the adapter's back."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )

    def empty(self, bucket: str) -> None:
        """Remove all that is in a bucket: making another takes seconds on a small machine."""
        client = self.client()
        for found in client.list_multipart_uploads(Bucket=bucket).get("Uploads", ()):
            client.abort_multipart_upload(Bucket=bucket, Key=found["Key"], UploadId=found["UploadId"])
        for found in client.list_objects_v2(Bucket=bucket).get("Contents", ()):
            client.delete_object(Bucket=bucket, Key=found["Key"])

    def location(self, bucket: str) -> S3Location:
        """That of a bucket, which need not exist."""
        return S3Location(bucket, self.url, "us-east-1", self.access_key, self.secret_key)


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """The one that EMO_TEST_S3_URL, _ACCESS and _SECRET name; without them moto's, but not where CI=true."""
    url = os.environ.get("EMO_TEST_S3_URL")
    if url:
        yield S3Server(url, os.environ["EMO_TEST_S3_ACCESS"], os.environ["EMO_TEST_S3_SECRET"], is_real=True)
    elif os.environ.get("CI") == "true":
        pytest.fail("CI=true asks for a real S3: run the tests with scripts/ceph_rgw.py, as .ci/run does")
    else:
        with running_moto() as server:
            yield server


@contextmanager
def running_moto() -> Iterator[S3Server]:
    """A stand-in on a free port, in this process."""
    from moto.s3.exceptions import NoSuchUpload
    from moto.s3.models import S3Backend
    from moto.server import ThreadedMotoServer

    upload_part = S3Backend.upload_part

    def answering(backend: S3Backend, bucket: str, upload_id: str, number: int, value: bytes) -> object:
        # Without this it answers 500 where every S3 says what is wrong.
        if upload_id not in backend.get_bucket(bucket).multiparts:
            raise NoSuchUpload(upload_id)
        return upload_part(backend, bucket, upload_id, number, value)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    with patch.object(S3Backend, "upload_part", answering):
        server.start()
        try:
            host, port = server.get_host_and_port()
            yield S3Server(f"http://{host}:{port}", "test", "test", is_real=False)
        finally:
            server.stop()
