"""The calls to S3 that we make, with types, and with our errors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from emo_grpc.assets.adapters.s3.errors import error_code, translated
from emo_grpc.assets.adapters.s3.part_body import PartBody
from emo_grpc.assets.adapters.s3.stored_objects import MultipartUpload, StoredObject

CONNECT_TIMEOUT: Final = 5
READ_TIMEOUT: Final = 15
"""Seconds without a byte, in either direction."""

ATTEMPTS: Final = 3

ALREADY_THERE: Final = {"PreconditionFailed", "ConditionalRequestConflict"}

CONNECTIONS: Final = 128
"""Kept open; each download that is read has one, and more are made when needed."""


@dataclass(frozen=True, slots=True)
class S3Location:
    """Where the objects are. No url: AWS. No access key: boto3 looks for credentials in all the places it knows.

    `prefix` stands before the names of all objects in the bucket.
    """

    bucket: str
    url: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    prefix: str = ""


class S3Bucket:
    """Blocking. `Any` in here is what boto3 gives: it ships no types."""

    def __init__(self, location: S3Location) -> None:
        self.name = location.bucket
        self._prefix = location.prefix
        self._client = boto3.session.Session().client(
            "s3",
            endpoint_url=location.url,
            region_name=location.region or ("us-east-1" if location.url else None),
            aws_access_key_id=location.access_key,
            aws_secret_access_key=location.secret_key,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=CONNECTIONS,
                tcp_keepalive=True,
                # Other checksums than the signature's SHA-256 are unknown to many an S3.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if location.url else "auto"},
            ),
        )

    def begin_upload(self, name: str) -> str:
        """Begin a multipart upload; gives its id."""
        with translated():
            return str(self._client.create_multipart_upload(Bucket=self.name, Key=self._prefix + name)["UploadId"])

    def put_part(self, name: str, upload_id: str, number: int, body: PartBody | IO[bytes]) -> str:
        """Store a part; gives its ETag."""
        with translated():
            answer = self._client.upload_part(
                Bucket=self.name, Key=self._prefix + name, UploadId=upload_id, PartNumber=number, Body=body
            )
        return _etag(answer)

    def complete_upload(self, name: str, upload_id: str, etags: Mapping[int, str]) -> None:
        """Make an object of these parts. Raises PartsRefused, and BlobNotFound if the upload is unknown."""
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in sorted(etags.items())]
        with translated():
            self._client.complete_multipart_upload(
                Bucket=self.name, Key=self._prefix + name, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )

    def abort_upload(self, name: str, upload_id: str) -> None:
        """Drop an upload. Raises BlobNotFound."""
        with translated():
            self._client.abort_multipart_upload(Bucket=self.name, Key=self._prefix + name, UploadId=upload_id)

    def parts(self, name: str, upload_id: str) -> dict[int, str]:
        """The ETags of all parts of an upload. Raises BlobNotFound."""
        with translated():
            pages = self._client.get_paginator("list_parts").paginate(
                Bucket=self.name, Key=self._prefix + name, UploadId=upload_id
            )
            return {part["PartNumber"]: _etag(part) for page in pages for part in page.get("Parts", ())}

    def check_upload(self, name: str, upload_id: str) -> None:
        """Raise BlobNotFound unless the upload is there."""
        with translated():
            self._client.list_parts(Bucket=self.name, Key=self._prefix + name, UploadId=upload_id, MaxParts=1)

    def uploads(self, prefix: str) -> Iterator[MultipartUpload]:
        """All uploads whose names begin with the prefix."""
        with translated():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.name, Prefix=self._prefix + prefix
            )
            for page in pages:
                for found in page.get("Uploads", ()):
                    yield MultipartUpload(self._name_of(found), found["UploadId"], found["Initiated"])

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose names begin with the prefix, in order of their names."""
        with translated():
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=self._prefix + prefix
            ):
                for found in page.get("Contents", ()):
                    yield StoredObject(self._name_of(found), found["Size"], found["LastModified"], _etag(found))

    def head(self, name: str) -> StoredObject:
        """What is known of an object. Raises BlobNotFound."""
        with translated():
            answer = self._client.head_object(Bucket=self.name, Key=self._prefix + name)
        is_md5_etag = answer.get("ServerSideEncryption", "AES256") == "AES256"
        return StoredObject(name, answer["ContentLength"], answer["LastModified"], _etag(answer), is_md5_etag)

    def get(self, name: str, start: int, end: int) -> StreamingBody:
        """The bytes from `start` to before `end`. Raises BlobNotFound, RangeMissing."""
        with translated():
            return self._client.get_object(Bucket=self.name, Key=self._prefix + name, Range=f"bytes={start}-{end - 1}")[
                "Body"
            ]

    def write_once(self, name: str, text: str) -> str:
        """Make a small object unless it is there; gives its text."""
        with translated():
            try:
                return self._text_of(name)
            except self._client.exceptions.NoSuchKey:
                self._put_unless_there(name, text)
                return self._text_of(name)

    def delete(self, name: str) -> None:
        """Remove an object, if it is there."""
        with translated():
            self._client.delete_object(Bucket=self.name, Key=self._prefix + name)

    def server_time(self) -> datetime:
        """What the clock of the store says, in whole seconds; the Date of an answer (RFC 9110, section 6.6.1)."""
        with translated():
            answer = self._client.list_objects_v2(Bucket=self.name, Prefix=self._prefix, MaxKeys=1)
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _put_unless_there(self, name: str, text: str) -> None:
        try:
            self._client.put_object(Bucket=self.name, Key=self._prefix + name, Body=text.encode(), IfNoneMatch="*")
        except ClientError as error:
            if error_code(error) not in ALREADY_THERE:
                raise

    def _name_of(self, found: Mapping[str, Any]) -> str:
        return str(found["Key"]).removeprefix(self._prefix)

    def _text_of(self, name: str) -> str:
        return str(self._client.get_object(Bucket=self.name, Key=self._prefix + name)["Body"].read().decode())


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["ETag"]).strip('"')
