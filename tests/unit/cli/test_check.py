"""`emo admin check` of what is on the machine itself, with each fault made for real."""

import asyncio
import base64
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certificates import NEW_KEY, Authority
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.commands import CreateAsset
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.bootstrap.assets import open_assets
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.cli.admin.checks import checking
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.settings import load_settings
from emo_grpc.shared.domain.ids import UserId
from stored import stored
from survival.small_disk import MIB, small_disk
from unit.cli.checked import check, forget_settings
from unit.cli.conftest import admin


@pytest.fixture(autouse=True)
def only_this(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    """Settings of these tests come from nowhere else."""
    forget_settings(monkeypatch, data_folder)


def store_a_file() -> str:
    """Upload one; gives its id."""

    async def work() -> str:
        settings = fill_secrets(load_settings()).settings
        async with open_engines(settings) as engines, open_assets(engines) as assets:
            owner = UserId.new()
            made = await assets.bus.handle(CreateAsset(owner, Description(title="x"), File(name="x")))
            async with assets.uploads.open(owner, made, 0) as writer:
                await writer.write(ReceivedChunk.of(b"a letter", None))
                await writer.finish(None)
            return str(made)

    return asyncio.run(work())


def test_before_the_first_start(data_folder: Path) -> None:
    """All is well, and nothing was made."""
    done = check()
    assert (done.exit_code, done.bad, done.error) == (0, {}, "")
    assert list(done.rows) == ["settings", "keys", "folder", "room", "stored keys", "schema versions", "mail"]
    assert done.rows["keys"] == [("ok", f"they are made at the first start, in {data_folder / 'secrets.env'}", "")]
    assert not data_folder.exists()


def test_beside_a_running_server(data_folder: Path) -> None:
    """What is stored can be opened; the lock of the folder is another's, and nothing is left there."""
    asset_id = store_a_file()
    with locked_folder(data_folder):
        before = sorted(data_folder.iterdir())
        done = check()
        assert sorted(data_folder.iterdir()) == before
    assert (done.exit_code, done.bad) == (0, {})
    assert done.rows["stored keys"] == [("ok", f"they open what is stored, as asset {asset_id}", "")]
    assert done.rows["schema versions"] == [("ok", "all are of this release", "")]


def test_for_people_and_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of check, result, what and what to do; the exit code and a last line on standard error say that."""
    monkeypatch.setenv("TLS_CERT_FILE", "no file")
    done = admin("check")
    assert done.stdout.splitlines()[0] == (
        "settings\tfail\tTLS_CERT_FILE: names no file, which is not there\t.env.example explains every setting"
    )
    assert done.exit_code == 78
    assert "1 check of " in str(done.exception) + done.stderr
    assert json.loads(admin("check", "--json").stdout)[0]["result"] == "fail"


def test_wrong_settings_stop_no_check(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    """Each wrong variable has its row; what needs them is not tried, and all else is."""
    wrong = {"JWT_SECRET_KEY": "x", "EMAIL_SMTP_PORT": "0", "EMO_HOST": "x", "ENVIRONMENT": "prod"}
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    done = check()
    assert done.exit_code == 78
    told = {message.split(":")[0] for _, message in done.bad["settings"]}
    assert told >= {"JWT_SECRET_KEY", "EMAIL_SMTP_PORT", "EMO_HOST", "DATA_KEY_ENCRYPTION_KEY"}
    hints = {message.split(":")[0]: hint for _, message, hint in done.rows["settings"]}
    assert (
        hints["EMO_HOST"] == "correct the name, or put it into EMO_FOREIGN_VARIABLES if it belongs to another program"
    )
    assert "EMO_FOREIGN_VARIABLES" not in hints
    assert done.bad["mail"] == [("warn", "not tried, because of EMAIL_SMTP_PORT, EMAIL_SMTP_SERVER")]
    assert "JWT_SECRET_KEY" in done.bad["keys"][0][1]
    assert done.rows["folder"] == [("ok", f"{data_folder} is made at the first start", "")]


def test_lost_secrets(data_folder: Path) -> None:
    """A database without the secrets of its files fails, and no new ones are made."""
    store_a_file()
    (data_folder / "secrets.env").unlink()
    done = check()
    assert done.exit_code == 1
    assert "secrets.env with its secrets is gone" in done.bad["keys"][0][1]
    assert not (data_folder / "secrets.env").exists()


def test_another_data_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that files are under is named when it is not set."""
    store_a_file()
    monkeypatch.setenv("DATA_KEY_ENCRYPTION_KEY", base64.b64encode(os.urandom(32)).decode())
    done = check()
    assert list(done.bad) == ["stored keys"]
    assert "there are files under the key-encryption key" in done.bad["stored keys"][0][1]


def test_a_changed_record(data_folder: Path) -> None:
    """A stored key that the right key does not open is told with its asset."""
    asset_id = store_a_file()
    with stored(data_folder) as database:
        ((document,),) = database.execute("SELECT document FROM assets")
        raw = json.loads(document)
        sealed = bytearray(base64.b64decode(raw["content"]["wrapped_key"]["ciphertext"]))
        sealed[20] ^= 1
        raw["content"]["wrapped_key"]["ciphertext"] = base64.b64encode(sealed).decode()
        database.execute("UPDATE assets SET document = ?", (json.dumps(raw),))
    done = check()
    assert done.bad == {
        "stored keys": [("fail", f"asset {asset_id}: the key of the file, or what is known of the file, was changed")]
    }


@pytest.mark.parametrize("table", ["users", "assets"])
def test_a_later_release(data_folder: Path, table: str) -> None:
    """Documents that it wrote fail."""
    store_a_file()
    assert admin("create-user", "ann", "ann@example.com").exit_code == 0
    with stored(data_folder) as database:
        database.execute(f"UPDATE {table} SET document = json_set(document, '$.schema_version', 999)")
    ((result, message),) = check().bad["schema versions"]
    assert result == "fail"
    assert "a document has schema version 999" in message


def test_an_earlier_release(data_folder: Path) -> None:
    """How many documents wait for `emo admin migrate` is warned of."""
    store_a_file()
    with stored(data_folder) as database:
        database.execute("UPDATE assets SET document = json_set(document, '$.schema_version', 1)")
    assert check().bad == {"schema versions": [("warn", "documents of an earlier release: 1")]}


def test_tables_of_an_earlier_release(data_folder: Path) -> None:
    """They are told, and left as they are."""
    store_a_file()
    with stored(data_folder) as database:
        ((index,),) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'assets_outdated_at_%'")
        database.execute(f"DROP INDEX {index}")
    assert check().bad == {"schema versions": [("warn", "the tables are of an earlier release")]}
    with stored(data_folder) as database:
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)).fetchall() == []


def test_rights(data_folder: Path) -> None:
    """Secrets and data that other users may read are warned of, with the command that ends it."""
    store_a_file()
    data_folder.chmod(0o755)
    (data_folder / "secrets.env").chmod(0o644)
    Path(".env").write_text("EMAIL_SENDER_PASSWORD=x\n")
    Path(".env").chmod(0o644)
    done = check()
    assert done.exit_code == 0
    hints = {hint for rows in done.rows.values() for result, _, hint in rows if result == "warn"}
    assert hints == {"chmod 600 .env", f"chmod 600 {data_folder / 'secrets.env'}", f"chmod 700 {data_folder}"}


def test_a_folder_that_is_none(data_folder: Path) -> None:
    """A file in its place fails."""
    data_folder.write_text("x")
    assert check().bad["folder"] == [("fail", f"{data_folder} is no folder")]


def test_a_folder_that_can_not_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is told; /proc takes no files, not even root's."""
    monkeypatch.setenv("DATA_FOLDER", "/proc/emo")
    done = check()
    assert done.exit_code == 1
    assert [row[0] for row in done.bad["folder"]] == ["fail"]
    assert "/proc: " in done.bad["folder"][0][1]


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With less than uploads leave free it fails; with nothing, the folder does too. Nothing is left there."""
    with small_disk("tmpfs", tmp_path) as disk:
        monkeypatch.setenv("DATA_FOLDER", str(disk.folder / "data"))
        assert [row[0] for row in check().bad["room"]] == ["warn"]
        disk.fill(10 * MIB)
        done = check()
        assert done.exit_code == 1
        assert list(done.bad) == ["room"]
        assert "10 MB free" in done.bad["room"][0][1]
        disk.fill(0)
        assert check().bad["folder"] == [("fail", f"{disk.folder}: No space left on device")]
        assert [each.name for each in disk.folder.iterdir()] == ["ballast"]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Whose certificate `server` the port has."""
    (tmp_path / "tls").mkdir()
    made = Authority(tmp_path / "tls", "server")
    use(monkeypatch, made, "server")
    return made


def use(monkeypatch: pytest.MonkeyPatch, authority: Authority, name: str) -> None:
    monkeypatch.setenv("TLS_CERT_FILE", str(authority.folder / f"{name}.crt"))
    monkeypatch.setenv("TLS_KEY_FILE", str(authority.folder / f"{name}.key"))


def certificate() -> list[tuple[str, str]]:
    """What the check says of it, without the paths."""
    return [(result, message) for result, message, _ in check().rows["certificate"]]


def test_a_certificate(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its names and its end are shown; that it is soon, and of an authority of one's own, is warned of."""
    shown, *others = certificate()
    assert shown[0] == "ok"
    assert shown[1].startswith("for localhost, 127.0.0.1, with its key, until ")
    assert [result for result, _ in others] == ["warn", "warn"]
    assert "expires in 1 days" in others[0][1] or "expires in 2 days" in others[0][1]
    assert "this machine does not know CN=ca, who issued the last certificate" in others[1][1]
    monkeypatch.setenv("EMO_LISTEN", "emo.example.org:50051")
    assert any("is not for emo.example.org, where EMO_LISTEN listens" in message for _, message in certificate())
    del authority


@pytest.mark.parametrize(
    ("days", "sentence"), [(3, "CN=server expired on 20"), (-3, "CN=server is not valid before 20")]
)
def test_dates(authority: Authority, monkeypatch: pytest.MonkeyPatch, days: int, sentence: str) -> None:
    """A certificate fails whose time is over, or has not come."""
    del authority
    monkeypatch.setattr(checking, "utc_now", lambda: datetime.now(UTC) + timedelta(days=days))
    done = check()
    assert done.exit_code == 1
    assert any(result == "fail" and sentence in message for result, message in done.bad["certificate"])


def test_a_chain_in_disorder(authority: Authority) -> None:
    """Each certificate has to be that of the issuer of the one before it."""
    server, other = authority.read("server.crt"), authority.read("ca.crt")
    (authority.folder / "server.crt").write_bytes(server + other)
    assert [result for result, _ in certificate()] == ["ok", "warn", "warn", "warn"]
    authority.sign("other")
    (authority.folder / "server.crt").write_bytes(server + authority.read("other.crt"))
    assert any(row == ("fail", row[1]) and "did not issue CN=server before it" in row[1] for row in certificate())


def test_no_name(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """A common name alone is no name for any client."""
    authority.openssl("req", "-x509", *NEW_KEY, "-keyout", "cn.key", "-out", "cn.crt", "-subj", "/CN=localhost")
    use(monkeypatch, authority, "cn")
    assert any(row[0] == "fail" and "no subject alternative name" in row[1] for row in certificate())


def test_a_certificate_for_clients(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose purpose is another fails."""
    authority.sign("client", "DNS:localhost\nextendedKeyUsage=clientAuth")
    use(monkeypatch, authority, "client")
    assert any(row[0] == "fail" and "is not for servers" in row[1] for row in certificate())


def test_the_key_of_another(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings say so, and the certificate is not tried."""
    authority.sign("other")
    monkeypatch.setenv("TLS_KEY_FILE", str(authority.folder / "other.key"))
    done = check()
    assert done.exit_code == 78
    assert "which is not the key of the first certificate" in done.bad["settings"][0][1]
    assert done.bad["certificate"] == [("warn", "not tried, because of TLS_KEY_FILE")]
