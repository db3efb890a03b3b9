"""Makes a replica set of the members of MongoDB that are named, and the bucket that the settings name.

What is there already stays as it is, so it may run at each start. Exit code 1: one of them does not answer yet.
"""

import os
import sys
import time
from collections.abc import Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

ALREADY_INITIALIZED = 23
"""https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml"""
ALREADY_THERE = {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}
PATIENCE_SECONDS = 60.0


def main(members: Sequence[str]) -> int:
    """Make both."""
    try:
        make_replica_set(members)
        make_bucket()
    except (PyMongoError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def make_replica_set(members: Sequence[str]) -> None:
    """And wait until it has a primary."""
    config = {"_id": "emo", "members": [{"_id": at, "host": host} for at, host in enumerate(members)]}
    with MongoClient(members[0], directConnection=True, serverSelectionTimeoutMS=5000) as client:
        try:
            client.admin.command("replSetInitiate", config)
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not client.admin.command("hello").get("primary"):
            if time.monotonic() > give_up:
                raise PyMongoError("the replica set has no primary")
            time.sleep(0.2)


def make_bucket() -> None:
    """Where the settings of emo say."""
    s3 = boto3.client(
        "s3",
        endpoint_url=os.environ["ASSET_S3_URL"],
        region_name=os.environ["ASSET_S3_REGION"],
        aws_access_key_id=os.environ["ASSET_S3_ACCESS"],
        aws_secret_access_key=os.environ["ASSET_S3_SECRET"],
    )
    try:
        s3.create_bucket(Bucket=os.environ["ASSET_S3_BUCKET"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in ALREADY_THERE:
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
