"""Settings, their rules, and the file that explains them."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from certificates import Authority
from emo_grpc.settings import InvalidSettings, Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
RANDOM = hashlib.sha256(b"as good as random").digest()
DATA_KEY = base64.b64encode(RANDOM).decode()
PROD = {
    "ENVIRONMENT": "prod",
    "JWT_SECRET_KEY": RANDOM.hex(),
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


def test_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks stand in a list; everybody is no network of proxies, for then anybody could make up addresses."""
    settings = load(monkeypatch, {"TRUSTED_PROXIES": "10.0.0.0/24, 2001:db8::/64", "BALANCER_NETWORKS": "10.1.0.0/24"})
    assert list(map(str, settings.trusted_proxies)) == ["10.0.0.0/24", "2001:db8::/64"]
    assert list(map(str, settings.balancer_networks)) == ["10.1.0.0/24"]
    for everybody in ("0.0.0.0/0", "10.0.0.0/24 ::/0"):
        assert "TRUSTED_PROXIES: must name the networks" in complaint(monkeypatch, {"TRUSTED_PROXIES": everybody})
    assert "TRUSTED_PROXIES" in complaint(monkeypatch, {"TRUSTED_PROXIES": "proxy.example.org"})


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
    Authority(tmp_path)
    load(monkeypatch, PROD | {"EMO_LISTEN": address, "TLS_CERT_FILE": "ca.crt", "TLS_KEY_FILE": "ca.key"})


@pytest.mark.parametrize("address", ["", "127.0.0.1:9464", "0.0.0.0:9464"])
def test_where_operators_ask(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Nowhere, or wherever they say, in prod too: what is shown there is of nobody."""
    assert load(monkeypatch, PROD | {"EMO_OPS_LISTEN": address}).emo_ops_listen == address
    assert "EMO_OPS_LISTEN: must be host:port" in complaint(monkeypatch, PROD | {"EMO_OPS_LISTEN": "9464"})


@pytest.mark.parametrize("address", ["50051", ":50051", "localhost", "localhost:x", "localhost:65536", "localhost:²"])
def test_bad_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """An address is a host and a port."""
    assert "EMO_LISTEN: must be host:port" in complaint(monkeypatch, {"EMO_LISTEN": address})


PATTERNS = [
    bytes(64),
    b"\xab" * 32,
    b"\x01\x23\x45\x67\x89\xab\xcd\xef" * 4,
    bytes(range(32)),
    bytes(range(64, 0, -2)),
    b"change me! " * 4,
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_prod_refuses_patterns(monkeypatch: pytest.MonkeyPatch, pattern: bytes) -> None:
    """Keys that somebody filled in to have something there are refused in prod, all at once, and not shown."""
    data_key = base64.b64encode(pattern[:32]).decode()
    given = {"JWT_SECRET_KEY": pattern.hex(), "DATA_KEY_ENCRYPTION_KEY": data_key}
    text = complaint(monkeypatch, PROD | given | {"JWT_SECRET_KEYS_RETIRED": f"{RANDOM.hex()},{pattern.hex()}"})
    for name in ("JWT_SECRET_KEY", "JWT_SECRET_KEYS_RETIRED", "DATA_KEY_ENCRYPTION_KEY"):
        assert f"  {name}: must be random in prod" in text
    assert pattern.hex() not in text
    assert data_key not in text


def test_prod_gets_away_from_a_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was wrapped with a bad key can be unwrapped, to be wrapped with a good one."""
    bad = base64.b64encode(bytes(32)).decode()
    assert load(monkeypatch, PROD | {"DATA_KEY_ENCRYPTION_KEYS_RETIRED": bad}).data_key_encryption_keys_retired


@given(st.binary(min_size=32, max_size=32))
def test_chance_is_no_pattern(seed: bytes) -> None:
    """No key that came by chance is taken for a pattern."""
    settings = Settings(
        _env_file=None,
        environment="prod",
        email_smtp_server="mail.example.org",
        jwt_secret_key=SecretStr(hashlib.sha256(seed).hexdigest()),
        data_key_encryption_key=SecretStr(base64.b64encode(hashlib.sha512(seed).digest()[:32]).decode()),
    )
    assert settings.environment == "prod"


@pytest.mark.parametrize("page", [".env.example", "README.md", "docs/operations.md", "docs/encryption-at-rest.md"])
def test_prod_refuses_what_the_pages_show(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """Whoever copies a key from a page has none."""
    text = (EXAMPLE.parent / page).read_text()
    for name, value in re.findall(r"\b(JWT_SECRET_KEY|DATA_KEY_ENCRYPTION_KEY)=(?!\$)(\S*)", text):
        assert f"  {name}: must be" in complaint(monkeypatch, PROD | {name: value})


@pytest.mark.parametrize("server", ["mail.example.org", "10.0.0.1"])
def test_prod_refuses_an_open_password(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """In prod the password of the mail server crosses no network in plain; on this machine it may."""
    plain = PROD | {"EMAIL_SMTP_SERVER": server, "EMAIL_SMTP_SECURITY": "none"}
    load(monkeypatch, plain)
    plain |= {"EMAIL_SENDER_PASSWORD": "hunter2"}
    text = complaint(monkeypatch, plain)
    assert "  EMAIL_SMTP_SECURITY: in prod must be starttls or tls" in text
    assert "hunter2" not in text
    for loopback in ("localhost", "127.0.0.1", "::1"):
        load(monkeypatch, plain | {"EMAIL_SMTP_SERVER": loopback})
    load(monkeypatch, plain | {"ENVIRONMENT": "dev"})


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "javascript://x/%0aalert(1)", "ftp://x.org", "//x.org", "x.org", "https://", "https:///a",
        "https://x.org:99999", "https://[x", "https://x.org/?a=b", "https://x.org/#a", "https://ann@x.org",
        "https://x.org/a b", "https://x.org/\u202e", "https://x.org/<b>",
    ],
)  # fmt: skip
def test_bad_public_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """What links in mails begin with is an address of the web and nothing else."""
    assert "  PUBLIC_URL: must be an address of the web" in complaint(monkeypatch, {"PUBLIC_URL": url})


@pytest.mark.parametrize("url", ["https://emo.example.org", "http://localhost:8080/emo/", "HTTPS://[::1]/"])
def test_good_public_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """With or without a port and a path."""
    assert load(monkeypatch, {"PUBLIC_URL": url}).public_url == url


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TSL_CERT_FILE", "TLS_CERT_FILE"),
        ("USER_STORAGE_MBB", "USER_STORAGE_MB"),
        ("user_storage", "USER_STORAGE_MB"),
        ("MONGODB_URI", "MONGODB_URL"),
        ("MONGO_URL", "MONGODB_URL"),
        ("ENVIRONEMENT", "ENVIRONMENT"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("EMO_LISTN", "EMO_LISTEN"),
        ("JWT_SECRET_KEYS", "JWT_SECRET_KEY"),
    ],
)
def test_misspelt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, meant: str) -> None:
    """A name that is nearly a setting stops the start, and the setting is named, with what else is wrong."""
    line = f"  {name.upper()}: is no setting; did you mean {meant}?"
    text = complaint(monkeypatch, {name: "x", "EMO_WORKERS": "0"})
    assert line in text
    assert "  EMO_WORKERS: must be" in text
    monkeypatch.delenv(name)
    monkeypatch.delenv("EMO_WORKERS")
    (tmp_path / ".env").write_text(f"export {name}=x\n")
    assert line in complaint(monkeypatch, {})


def test_misspelt_beside_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another program wants to have by a similar name can be there, once ours is set."""
    given = {"LOGLEVEL": "5", "LOG_LEVEL": "error", "MONGODB_URI": "x", "MONGODB_URL": "mongodb://h"}
    settings = load(monkeypatch, given)
    assert settings.log_level == "error"
    assert settings.mongodb_url
    assert settings.mongodb_url.get_secret_value() == "mongodb://h"


FOREIGN = """
PATH HOME LANG TERM SSL_CERT_FILE SSL_KEY_FILE SSL_CERT_DIR MONGODB_TOOLS MONGODB_USER MONGO_INITDB_DATABASE
DATABASE_URL AWS_ACCESS_KEY_ID AWS_REGION S3_BUCKET SMTP_SERVER LOG_FILE LOG_DIR DATA_DIR USER
USERNAME PUBLIC_KEY PORT LISTEN_FDS LISTEN_PID HOSTNAME TMPDIR GRPC_VERBOSITY PYTHONUNBUFFERED DEBUG
COMPOSE_PROJECT_NAME POSTGRES_PASSWORD EMO_SERVER EMO_USERNAME EMO_PASSWORD EMO_CONFIG_DIR EMO_TOKEN EMO_SERVICE_KEY
EMO_TEST_S3_URL EMO_ATTACKS_SEED
""".split()  # noqa: SIM905 - forty names, not forty lines


def test_foreign_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What belongs to others, or to the client, stops nothing, neither in the environment nor in `.env`."""
    without, variables = load_settings(), dict.fromkeys(FOREIGN, "x")
    assert load(monkeypatch, variables) == without
    (tmp_path / ".env").write_text("".join(f"{name}=x\n" for name in variables))
    assert load_settings() == without


def test_names_of_opentelemetry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None of the variables that OpenTelemetry has is taken for a misspelt setting, however close it is to one."""
    from opentelemetry.sdk import environment_variables

    names = [name for name in vars(environment_variables) if name.startswith("OTEL_")]
    assert len(names) > 50
    for name in set(names) - {name.upper() for name in Settings.model_fields}:
        with monkeypatch.context() as alone:
            load(alone, {name: "x"})
    (tmp_path / ".env").write_text("OTEL_SERVICE_NAME=emo-west\nOTEL_BSP_SCHEDULE_DELAY=50\n")
    assert not load_settings().is_traced


@pytest.mark.parametrize(
    ("given", "is_traced"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "emo-west"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector.example.org"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_what_asks_for_traces(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], is_traced: bool) -> None:
    """A collector, or the exporter for one; no other variable of OpenTelemetry."""
    assert load(monkeypatch, given).is_traced == is_traced


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("EMO_HOST", ""),
        ("ASSET_S3_KEY", ""),
        ("JWT_SECRET", "; did you mean JWT_SECRET_KEY?"),
        ("DATA_KEY_SOURCE", ""),
        ("EMAIL_FROM", ""),
        ("EMAIL_SMTP_HOST", ""),
        ("TLS_CA", ""),
        ("TLS_CERT", "; did you mean TLS_CERT_FILE?"),
        ("BACKUP_S3_BUCKET", ""),
    ],
)
def test_our_prefixes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, sentence: str) -> None:
    """A name that begins as ours do stops the start, in the environment and in `.env`, and how to keep it is said."""
    given = {"TLS_CERT_FILE": "no file"}
    lines = complaint(monkeypatch, {name: "x", "EMO_EMPTY": ""} | given).splitlines()[1:]
    escape = "  EMO_FOREIGN_VARIABLES: names what belongs to another program, if one of these does"
    assert lines[:2] == [f"  {name}: is no setting of emo{sentence}", escape]
    assert lines[2].startswith("  TLS_CERT_FILE: names no file")
    monkeypatch.delenv(name)
    (tmp_path / ".env").write_text(f"{name}=x\nEMO_EMPTY=\n")
    assert complaint(monkeypatch, given).splitlines()[1:] == lines


def test_kubernetes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it makes up for services called emo and email-relay stops nothing; in `.env` it has not made anything."""
    names = [f"EMO_{rest}" for rest in ("SERVICE_PORT", "SERVICE_PORT_GRPC", "PORT", "PORT_50051_TCP_ADDR")]
    names += ["EMAIL_RELAY_SERVICE_HOST", "EMAIL_RELAY_PORT", "EMAIL_RELAY_PORT_25_TCP"]
    with monkeypatch.context() as there:
        load(there, dict.fromkeys(["EMO_SERVICE_HOST", *names], "x"))
        assert "EMO_POR: is no setting" in complaint(there, {"EMO_POR": "x"})
    assert "EMO_PORT: is no setting" in complaint(monkeypatch, {"EMO_PORT": "x"})
    monkeypatch.delenv("EMO_PORT")
    (tmp_path / ".env").write_text("EMO_PORT=x\nEMO_SERVICE_HOST=x\n")
    assert "EMO_PORT: is no setting" in complaint(monkeypatch, {})


def test_names_of_other_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """EMO_FOREIGN_VARIABLES keeps names and patterns of names that collide, by their prefix or by being near ours."""
    given = {"EMAIL_BACKEND": "x", "EMAIL_HOST": "x", "MONGO_URL": "x", "TLS_VERSION": "x"}
    kept = load(monkeypatch, given | {"EMO_FOREIGN_VARIABLES": "email_*, MONGO_URL,TLS_VERSION"})
    assert not kept.mongodb_url.get_secret_value()
    monkeypatch.delenv("EMO_FOREIGN_VARIABLES")
    (tmp_path / ".env").write_text("EMO_FOREIGN_VARIABLES=EMAIL_*\n")
    text = complaint(monkeypatch, {})
    assert "MONGO_URL: is no setting; did you mean MONGODB_URL?" in text
    assert "TLS_VERSION: is no setting of emo" in text
    assert "EMAIL" not in text


def test_unreadable_env(tmp_path: Path) -> None:
    """A `.env` that is no text is told in one sentence."""
    (tmp_path / ".env").write_bytes(b"LOG_LEVEL=\xff\xfe")
    with pytest.raises(InvalidSettings, match=r"\.env can't be read"):
        load_settings()


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
