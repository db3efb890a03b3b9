"""A MongoDB and an S3 to measure on: a real mongod of our own, and the S3 that the environment names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from uuid import uuid4

import boto3

from mongod import running_mongod

DATABASE = "emo"
CACHE_GIGABYTES = 2
"""As a mongod takes by itself on a machine of 5 GB: half of what is beyond the first one."""


@dataclass(frozen=True)
class SharedEngines:
    """Where they are."""

    mongodb_url: str
    s3_url: str
    s3_access: str
    s3_secret: str
    s3_bucket: str
    database: str

    def apart(self, database: str) -> Self:
        """The same with a database and a bucket that nobody else uses."""
        return replace(self, database=database, s3_bucket=self._new_bucket())

    def settings(self, *, mongo: bool = True, s3: bool = True) -> dict[str, str]:
        """Of a server on them."""
        chosen = {"JWT_SECRET_KEY": "5" * 64, "DATA_KEY_ENCRYPTION_KEY": "A" * 43 + "="}
        if mongo:
            chosen |= {"MONGODB_URL": self.mongodb_url, "MONGODB_DATABASE": self.database}
        if s3:
            chosen |= {
                "ASSET_S3_URL": self.s3_url,
                "ASSET_S3_ACCESS": self.s3_access,
                "ASSET_S3_SECRET": self.s3_secret,
                "ASSET_S3_BUCKET": self.s3_bucket,
            }
        return chosen

    def _new_bucket(self) -> str:
        name = f"emo-bench-{uuid4().hex[:12]}"
        s3 = boto3.client(
            "s3",
            endpoint_url=self.s3_url,
            region_name="us-east-1",
            aws_access_key_id=self.s3_access,
            aws_secret_access_key=self.s3_secret,
        )
        s3.create_bucket(Bucket=name)
        return name


@contextmanager
def shared_engines(folder: Path) -> Iterator[SharedEngines]:
    """Start what is ours, make a bucket in what is not."""
    url = os.environ.get("EMO_TEST_S3_URL")
    if url is None:
        raise SystemExit("there is no S3: run `make bench ENGINES=mongo,s3`, which starts one (Debian, root)")
    access, secret = os.environ["EMO_TEST_S3_ACCESS"], os.environ["EMO_TEST_S3_SECRET"]
    with running_mongod(folder / "mongod", cache_gigabytes=CACHE_GIGABYTES) as mongod:
        yield SharedEngines(mongod.url, url, access, secret, s3_bucket="", database="").apart(DATABASE)
