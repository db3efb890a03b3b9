from pathlib import Path

import pytest
from pydantic import SecretStr

from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.bootstrap.mongo_engine import INDEXES
from mongod import empty_database
from rpc.moving.target import DATABASE, Target
from s3_server import S3Server


@pytest.fixture
async def target(mongod_url: str, s3: S3Server, s3_location: S3Location) -> Target:
    async with empty_database(mongod_url, DATABASE, INDEXES):
        pass
    return Target(
        {
            "mongodb_url": SecretStr(mongod_url),
            "mongodb_database": DATABASE,
            "asset_s3_bucket": s3_location.bucket,
            "asset_s3_url": s3_location.url,
            "asset_s3_region": s3_location.region,
            "asset_s3_access": s3_location.access_key,
            "asset_s3_secret": SecretStr(s3_location.secret_key or ""),
        },
        s3,
        s3_location.bucket,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"
