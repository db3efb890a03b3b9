"""What a server that keeps nothing may be told."""

from pathlib import Path

import pytest

from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.hosting.banner import announce
from emo_grpc.hosting.folder_lock import own_folder
from emo_grpc.settings import EphemeralSettings, InvalidSettings, Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it starts: an empty folder, without `.env`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("environment", "prod", "must be dev with --ephemeral"),
        ("emo_workers", "2", "must be 1 with --ephemeral"),
        ("mongodb_url", "mongodb://127.0.0.1", "must not be set with --ephemeral"),
        ("asset_s3_bucket", "files", "must not be set with --ephemeral"),
        ("email_smtp_server", "mail.example.org", "must not be set with --ephemeral"),
    ],
)
def test_what_outlives_it_is_refused(name: str, value: str, rule: str) -> None:
    """What needs more than one process and its memory is named, with what it must be."""
    with pytest.raises(InvalidSettings, match=f"{name.upper()}: {rule}"):
        load_settings(EphemeralSettings, **{name: value})


def test_secrets_are_new_each_time(folder: Path) -> None:
    """They are made and kept nowhere, and those that are set are used."""
    one, other = (fill_secrets(load_settings(EphemeralSettings)).settings for _ in range(2))
    assert one.is_ephemeral
    assert one.jwt_secret_key != other.jwt_secret_key
    assert one.data_key_encryption_key != other.data_key_encryption_key
    assert fill_secrets(load_settings(EphemeralSettings, jwt_secret_key="a" * 64)).generated == (
        "DATA_KEY_ENCRYPTION_KEY",
    )
    assert list(folder.iterdir()) == []


def test_it_locks_no_folder() -> None:
    """Any number of them may run in a folder, also beside a server that keeps what it has there."""
    with own_folder(Settings(_env_file=None)), own_folder(load_settings(EphemeralSettings)) as lock:
        assert lock is None


def test_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Who starts it reads that all will be lost, and of no folder."""
    announce(fill_secrets(load_settings(EphemeralSettings)), "host:1")
    said = capsys.readouterr().out
    assert "everything is lost when the server ends" in said
    assert "SQLite in memory" in said
    assert "1024 MiB at most" in said
    assert "data" not in said.replace("metadata", "")
