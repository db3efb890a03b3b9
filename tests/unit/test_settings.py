"""Settings, their rules, and the file that explains them."""

import base64
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import ValidationError

from emo_grpc.settings import InvalidSettings, Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
DATA_KEY = base64.b64encode(bytes(32)).decode()
PROD = {
    "ENVIRONMENT": "prod",
    "JWT_SECRET_KEY": "0" * 64,
    "DATA_KEY_ENCRYPTION_KEY": DATA_KEY,
    "EMAIL_SMTP_SERVER": "mail.example.org",
}


@pytest.fixture(autouse=True)
def only_this(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of these tests come from nowhere else."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def complaint(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> str:
    with pytest.raises(InvalidSettings) as caught:
        load(monkeypatch, variables)
    return str(caught.value)


def test_example_is_complete() -> None:
    """`.env.example` has every setting and nothing else."""
    assert {name.lower() for name in dotenv_values(EXAMPLE)} == set(Settings.model_fields)


def test_example_shows_the_defaults() -> None:
    """Copied as it is, `.env.example` changes nothing."""
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_example_explains_everything() -> None:
    """Every setting, or the group it stands in, has a comment above it."""
    groups = EXAMPLE.read_text().split("\n\n")
    assert all(group.lstrip().startswith("#") for group in groups)


def test_nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing needs to be set to try it out."""
    assert load(monkeypatch, {}).emo_listen == "127.0.0.1:50051"


def test_all_bad_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bad variable is named in one message, those with rules of their own and those with rules in common."""
    text = complaint(
        monkeypatch,
        {
            "ENVIRONMENT": "prod",
            "EMO_LISTEN": "0.0.0.0:1",
            "LOG_LEVEL": "loud",
            "JWT_SECRET_KEY": "secret-but-short",
            "ASSET_S3_URL": "s3.example.org",
            "USER_STORAGE_MB": "none",
        },
    )
    lines = [line.strip().partition(":")[0] for line in text.splitlines()[1:]]
    assert lines == [
        "LOG_LEVEL", "EMO_LISTEN", "JWT_SECRET_KEY", "DATA_KEY_ENCRYPTION_KEY", "ASSET_S3_URL", "EMAIL_SMTP_SERVER",
        "USER_STORAGE_MB",
    ]  # fmt: skip
    assert "secret-but-short" not in text


def test_prod(monkeypatch: pytest.MonkeyPatch) -> None:
    """prod is content with secrets, a mail server and a loopback port."""
    assert load(monkeypatch, PROD).environment == "prod"


@pytest.mark.parametrize("name", ["JWT_SECRET_KEY", "DATA_KEY_ENCRYPTION_KEY", "EMAIL_SMTP_SERVER"])
def test_prod_needs(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """prod refuses what dev would make up."""
    assert f"{name}: must be set in prod" in complaint(monkeypatch, PROD | {name: ""})


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "localhost:1"])
def test_prod_loopback(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """prod may speak plaintext to this machine."""
    assert load(monkeypatch, PROD | {"EMO_LISTEN": address}).emo_listen == address


@pytest.mark.parametrize("address", ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1"])
def test_prod_refuses_plaintext(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str) -> None:
    """prod refuses plaintext to others, and takes it with TLS."""
    assert "EMO_LISTEN: in prod" in complaint(monkeypatch, PROD | {"EMO_LISTEN": address})
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    load(monkeypatch, PROD | {"EMO_LISTEN": address, "TLS_CERT_FILE": "cert", "TLS_KEY_FILE": "key"})


@pytest.mark.parametrize("address", ["50051", ":50051", "localhost", "localhost:x", "localhost:65536", "localhost:²"])
def test_bad_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """An address is a host and a port."""
    assert "EMO_LISTEN: must be host:port" in complaint(monkeypatch, {"EMO_LISTEN": address})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"TLS_CERT_FILE": "here"}, "TLS_KEY_FILE: and TLS_CERT_FILE need each other"),
        ({"TLS_KEY_FILE": "here"}, "TLS_KEY_FILE: and TLS_CERT_FILE need each other"),
        ({"TLS_CLIENT_CA_FILE": "here"}, "TLS_CLIENT_CA_FILE: needs TLS_CERT_FILE"),
        ({"TLS_CERT_FILE": "here", "TLS_KEY_FILE": "gone"}, "TLS_KEY_FILE: names gone, which is not there"),
    ],
)
def test_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], named: str) -> None:
    """Half of what TLS needs is refused, and so is a file that is not there."""
    (tmp_path / "here").touch()
    assert named in complaint(monkeypatch, given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"ASSET_S3_BUCKET": "b", "ASSET_S3_ACCESS": "a"}, "ASSET_S3_SECRET: and ASSET_S3_ACCESS need each other"),
        ({"ASSET_S3_BUCKET": "b", "ASSET_S3_SECRET": "hush"}, "ASSET_S3_SECRET: and ASSET_S3_ACCESS need each other"),
        ({"ASSET_S3_URL": "https://s3.example.org"}, "ASSET_S3_BUCKET: must be set"),
    ],
)
def test_half_of_an_s3(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str) -> None:
    """Half of what S3 needs is refused, and the secret is in no complaint."""
    text = complaint(monkeypatch, given)
    assert named in text
    assert "hush" not in text


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("EMO_WORKERS", "99", "must be less than or equal to 64"),
        ("USER_STORAGE_MB", "many", "must be a valid integer"),
        ("ENVIRONMENT", "production", "must be 'dev' or 'prod'"),
    ],
)
def test_rules_of_the_library(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    """They are told as ours are."""
    assert f"  {name}: {sentence}" in complaint(monkeypatch, {name: value})


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("MONGODB_DATABASE", ["a b", "a/c", "a.b", 'a"', "$a", "a\\b", "a" * 64, "é" * 32], ["emo_2-é", "a" * 63]),
        ("ASSET_S3_BUCKET", ["Bad_Bucket!", "a b", "a/b", "b" * 256], ["emo.files-2", "Old_Bucket", "arn:aws:s3:x"]),
    ],
)
def test_names_of_the_engines(monkeypatch: pytest.MonkeyPatch, name: str, wrong: list[str], right: list[str]) -> None:
    """A name that its engine can't have is refused by the setting's name, before any engine is asked."""
    for value in wrong:
        assert f"  {name}: must be" in complaint(monkeypatch, {name: value})
    for value in right:
        assert getattr(load(monkeypatch, {name: value}), name.lower()) == value


@pytest.mark.parametrize(
    ("given", "shared"),
    [
        ({}, (False, False, False)),
        ({"MONGODB_URL": "mongodb://h"}, (True, False, False)),
        ({"ASSET_S3_BUCKET": "b"}, (False, True, False)),
        ({"MONGODB_URL": "mongodb://h", "ASSET_S3_BUCKET": "b"}, (True, True, True)),
    ],
)
def test_engines(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], shared: tuple[bool, bool, bool]) -> None:
    """Each of the shared engines is chosen by one variable of its own."""
    chosen = load(monkeypatch, given)
    assert (chosen.has_shared_metadata, chosen.has_shared_files, chosen.has_shared_engines) == shared


@pytest.mark.parametrize("secret", ["0" * 63, "0" * 65, "g" * 64])
def test_bad_jwt_secret(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """A signing key is whole bytes in hexadecimal, 32 or more."""
    assert "JWT_SECRET_KEY: must be 64 or more" in complaint(monkeypatch, {"JWT_SECRET_KEY": secret})


@pytest.mark.parametrize("key", ["x", DATA_KEY[:-4], DATA_KEY + "AAAA", "é" * 44])
def test_bad_data_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """A data key encryption key is exactly 32 bytes in base64."""
    assert "DATA_KEY_ENCRYPTION_KEY: must be base64" in complaint(monkeypatch, {"DATA_KEY_ENCRYPTION_KEY": key})


def test_retired_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retired keys are a list, separated by commas or spaces."""
    settings = load(monkeypatch, {"JWT_SECRET_KEYS_RETIRED": f"{'1' * 64}, {'2' * 64}"})
    assert [key.get_secret_value()[0] for key in settings.jwt_secret_keys_retired] == ["1", "2"]


def test_secrets_do_not_show() -> None:
    """Printing settings shows no secret."""
    settings = Settings(_env_file=None, jwt_secret_key="a" * 64, email_sender_password="hunter2")
    assert "aaaa" not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_frozen() -> None:
    """Settings don't change while the server runs."""
    with pytest.raises(ValidationError):
        Settings(_env_file=None).log_level = "debug"  # type: ignore[misc] # that is the point
