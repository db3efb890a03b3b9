"""`emo admin move`, with the installed command and real servers."""

import os
import subprocess
from uuid import uuid4

from dotenv import dotenv_values

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess
from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.assets.adapters.s3.volumes import parse_name
from s3_server import S3Server
from waiting import wait_until

PATIENCE_SECONDS = 60.0


def moving(server: ServerProcess, to: dict[str, str], url: str) -> "subprocess.Popen[bytes]":
    """Start the command in the folder of the server."""
    return subprocess.Popen(
        [COMMAND, "admin", "move", "--to", url, "--database", to["MONGODB_DATABASE"], "--s3", to["ASSET_S3_BUCKET"]],
        env={**os.environ, **_without_target(to), "DATA_FOLDER": "data"},
        cwd=server.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _without_target(to: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in to.items() if name not in ("MONGODB_URL", "ASSET_S3_BUCKET")}


def wait_for_parts(s3: S3Server, bucket: str) -> None:
    """Until a move has begun to send files; before that it tries whether it may."""
    client = s3.client()

    def has_begun() -> bool:
        uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())
        return any(parse_name(found["Key"]) for found in uploads)

    wait_until(has_begun, PATIENCE_SECONDS)


def test_killed_moves_go_on(
    ann: EmoProcess, server: ServerProcess, mongod_url: str, s3: S3Server, s3_location: S3Location
) -> None:
    """Never beside a server; killed in the middle and begun again, all is there; the old login goes on there."""
    letter = ann.folder / "letter.bin"
    letter.write_bytes(os.urandom(20_000_000))
    asset_id = ann.output("upload", str(letter)).split()[0]
    database = f"emo_e2e_{uuid4().hex}"
    to = {
        "MONGODB_DATABASE": database,
        "ASSET_S3_BUCKET": s3_location.bucket,
        "ASSET_S3_URL": s3.url,
        "ASSET_S3_ACCESS": s3.access_key,
        "ASSET_S3_SECRET": s3.secret_key,
    }
    _, complaints = (beside := moving(server, to, mongod_url)).communicate(timeout=PATIENCE_SECONDS)
    assert (beside.returncode, complaints.decode()) == (69, "emo: another server runs on data: stop it first\n")
    server.stop()
    with moving(server, to, mongod_url) as killed:
        wait_for_parts(s3, s3_location.bucket)
        killed.kill()
    told, complaints = (done := moving(server, to, mongod_url)).communicate(timeout=PATIENCE_SECONDS)
    assert (done.returncode, complaints) == (0, b"")
    assert "assets\t1\t0\t0\n" in told.decode()
    assert f"ASSET_S3_BUCKET={s3_location.bucket}" in told.decode()
    assert "as they are in data/secrets.env: JWT_SECRET_KEY, DATA_KEY_ENCRYPTION_KEY." in told.decode()
    secrets = {name: value or "" for name, value in dotenv_values(server.folder / "data" / "secrets.env").items()}
    assert not [value for value in (*secrets.values(), s3.secret_key, mongod_url) if f"={value}" in told.decode()]
    assert s3.client().list_multipart_uploads(Bucket=s3_location.bucket).get("Uploads", []) == []
    (server.folder / "data").rename(server.folder / "old")
    server.environment = {**to, **secrets, "MONGODB_URL": mongod_url}
    server.start()
    ann.run("download", asset_id, "-o", "copy.bin")
    assert (ann.folder / "copy.bin").read_bytes() == letter.read_bytes()
