"""What compose.yaml runs before its servers, on a real MongoDB and an S3."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from mongod import Mongod
from s3_server import S3Server

PROGRAM = Path(__file__).parents[3] / "ops" / "compose" / "prepare.py"


def test_what_servers_need_is_made(tmp_path: Path, s3: S3Server) -> None:
    """A replica set with a primary, and the bucket; at the next start they stay as they are."""
    mongod, bucket = Mongod(tmp_path, "--replSet", "emo"), f"emo-{secrets.token_hex(8)}"
    settings = {
        "ASSET_S3_URL": s3.url,
        "ASSET_S3_REGION": "us-east-1",
        "ASSET_S3_ACCESS": s3.access_key,
        "ASSET_S3_SECRET": s3.secret_key,
        "ASSET_S3_BUCKET": bucket,
    }
    command = [sys.executable, str(PROGRAM), f"127.0.0.1:{mongod.port}"]
    try:
        mongod.start()
        for _ in range(2):
            subprocess.run(command, env=os.environ | settings, timeout=120, check=True)
            assert mongod.ask({"hello": 1})["isWritablePrimary"]
            s3.client().head_bucket(Bucket=bucket)
            s3.client().put_object(Bucket=bucket, Key="kept", Body=b"")
        assert len(s3.client().list_objects_v2(Bucket=bucket)["Contents"]) == 1
    finally:
        mongod.kill()
    refused = subprocess.run(command, env=os.environ | settings, capture_output=True, timeout=120, check=False)
    assert refused.returncode == 1
