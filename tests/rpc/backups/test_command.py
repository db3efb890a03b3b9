"""The commands themselves, from shared engines to embedded ones."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.shared_engines import shared_engines
from emo_grpc.assets.adapters.s3.bucket import S3Location
from rpc.backups.conftest import KEYS
from unit.cli.conftest import admin


@pytest.fixture
def shared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mongod_url: str, buckets: dict[str, S3Location]
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMO_PASSWORD", "correct horse")
    for name, secret in KEYS.items():
        monkeypatch.setenv(name.upper(), secret.get_secret_value())
    with shared_engines(mongod_url, buckets["old"]) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield


@pytest.mark.usefixtures("shared")
def test_from_shared_to_embedded(monkeypatch: pytest.MonkeyPatch, buckets: dict[str, S3Location]) -> None:
    """An account comes along through a bucket, by the credentials of the files and then by those of backups."""
    assert admin("create-user", "ann", "ann@example.com").exit_code == 0
    place = f"s3://{buckets['backup'].bucket}/nightly"
    done = admin("backup", "--to", place, "--verify", "--keep", "3")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "emo admin backup" in admin("audit").stdout
    monkeypatch.delenv("MONGODB_URL")
    monkeypatch.delenv("ASSET_S3_BUCKET")
    for name in ("URL", "REGION", "ACCESS", "SECRET"):
        monkeypatch.setenv(f"BACKUP_S3_{name}", os.environ[f"ASSET_S3_{name}"])
        monkeypatch.delenv(f"ASSET_S3_{name}")
    restored = admin("restore", "--from", place)
    assert (restored.exit_code, restored.stderr) == (0, "")
    assert admin("users").stdout.split("\t")[1] == "ann"
    audit = admin("audit").stdout
    assert "emo admin restore" in audit
    assert "emo admin backup" not in audit
