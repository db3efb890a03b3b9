"""One client of S3: `python -m benchmarks.s3_load '{"action": "upload", …}'` prints the seconds it took as JSON.

It is what people would write who put their files straight into a bucket: boto3's own transfers, as they are.
"""

import io
import json
import sys
import time
from typing import IO, Any

import boto3

MIB = 1 << 20


class Nowhere(io.RawIOBase):
    """Takes everything."""

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        return len(data)


def main() -> None:
    """Do it once."""
    given = json.loads(sys.argv[1])
    s3 = boto3.client(
        "s3",
        endpoint_url=given["url"],
        region_name="us-east-1",
        aws_access_key_id=given["access"],
        aws_secret_access_key=given["secret"],
    )
    print(json.dumps({"seconds": ACTIONS[given["action"]](s3, given)}))


def _upload(s3: Any, given: dict[str, Any]) -> float:
    data: IO[bytes] = io.BytesIO(bytes(range(256)) * (given["size"] // 256))
    s3.head_bucket(Bucket=given["bucket"])  # so that the connection is there, as that of the other client is
    begin = time.perf_counter()
    s3.upload_fileobj(data, given["bucket"], given["key"])
    return time.perf_counter() - begin


def _download(s3: Any, given: dict[str, Any]) -> float:
    s3.head_bucket(Bucket=given["bucket"])
    begin = time.perf_counter()
    s3.download_fileobj(given["bucket"], given["key"], Nowhere())
    return time.perf_counter() - begin


def _delete(s3: Any, given: dict[str, Any]) -> float:
    begin = time.perf_counter()
    s3.delete_object(Bucket=given["bucket"], Key=given["key"])
    return time.perf_counter() - begin


ACTIONS = {"upload": _upload, "download": _download, "delete": _delete}


if __name__ == "__main__":
    main()
