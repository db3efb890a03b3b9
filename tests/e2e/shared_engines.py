"""Engines that several servers share, as a server is told of them."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient

from emo_grpc.assets.adapters.s3.bucket import S3Location


@contextmanager
def shared_engines(mongod_url: str, bucket: S3Location) -> Iterator[dict[str, str]]:
    """Settings by the names of the environment, with a database that goes when the block ends."""
    database = f"emo-{secrets.token_hex(4)}"
    yield {
        "MONGODB_URL": mongod_url,
        "MONGODB_DATABASE": database,
        "ASSET_S3_BUCKET": bucket.bucket,
        "ASSET_S3_URL": bucket.url or "",
        "ASSET_S3_REGION": bucket.region or "",
        "ASSET_S3_ACCESS": bucket.access_key or "",
        "ASSET_S3_SECRET": bucket.secret_key or "",
    }
    with MongoClient[dict[str, object]](mongod_url) as client:
        client.drop_database(database)


def own_settings(folder: Path) -> dict[str, str]:
    """What servers on such engines have of their own: a folder, and keys that all of them are given."""
    return {
        "DATA_FOLDER": str(folder / "data"),
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "DATA_KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
