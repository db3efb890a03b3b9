"""`emo admin export-user`, on both sets of engines."""

import asyncio
import json
import secrets
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest

from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.commands import CreateAsset, DeleteAsset
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.bootstrap.contexts import open_contexts
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import load_settings
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.session_commands import LogIn
from unit.cli.conftest import admin
from unit.client.fake_server import PASSWORD


@pytest.fixture
def people(data_folder: Path) -> tuple[str, str]:
    """Ann and Bob, with an account each; their ids. On SQLite and a folder."""
    assert not data_folder.exists()
    ann, bob = (admin("create-user", name, f"{name}@example.com").stdout.strip() for name in ("ann", "bob"))
    return ann, bob


@pytest.fixture(params=["embedded", "shared"])
def on_either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The same, or on MongoDB and S3."""
    if request.param == "shared":
        location = request.getfixturevalue("s3_location")
        for name, value in {
            "JWT_SECRET_KEY": secrets.token_hex(32),
            "DATA_KEY_ENCRYPTION_KEY": b64encode(secrets.token_bytes(32)).decode(),
            "MONGODB_URL": request.getfixturevalue("mongod_url"),
            "MONGODB_DATABASE": f"emo_{secrets.token_hex(8)}",
            "ASSET_S3_URL": location.url,
            "ASSET_S3_REGION": location.region,
            "ASSET_S3_BUCKET": location.bucket,
            "ASSET_S3_ACCESS": location.access_key,
            "ASSET_S3_SECRET": location.secret_key,
        }.items():
            monkeypatch.setenv(name, value)
    found: tuple[str, str] = request.getfixturevalue("people")
    return found


def keep(user_id: str, name: str, data: bytes, folder: str = "", *, is_thrown: bool = False) -> None:
    """Upload a file of somebody's, as the service does, and perhaps throw it away."""

    async def run() -> None:
        owner = UserId.parse(user_id, "user_id")
        async with (
            open_engines(fill_secrets(load_settings()).settings) as engines,
            open_contexts(engines) as contexts,
        ):
            asset_id = await contexts.assets.bus.handle(
                CreateAsset(owner, Description(title=name, folder=folder), File(name=name))
            )
            async with contexts.assets.uploads.open(owner, asset_id, 0) as writer:
                await writer.write(ReceivedChunk.of(data, None))
                await writer.finish(None)
            if is_thrown:
                await contexts.assets.bus.handle(DeleteAsset(owner, asset_id))

    asyncio.run(run())


def log_in(username: str) -> None:
    """Begin a session."""

    async def run() -> None:
        async with (
            open_engines(fill_secrets(load_settings()).settings) as engines,
            open_contexts(engines) as contexts,
        ):
            await contexts.users.bus.handle(LogIn(identifier=username, password=PASSWORD))

    asyncio.run(run())


def test_all_of_a_user_and_nothing_of_others(on_either: tuple[str, str], tmp_path: Path) -> None:
    """Files, what was said of them, profile, logins and trail are in it; no secret, and nothing of anybody else."""
    ann, bob = on_either
    keep(ann, "IMG.jpg", b"cake" * 400_000, folder="Holidays/1994")
    keep(ann, "thrown.txt", b"away", is_thrown=True)
    log_in("ann")
    keep(bob, "secret.txt", b"of Bob")
    done = admin("export-user", "ann@example.com", "--to", str(tmp_path / "out.zip"))
    assert (done.exit_code, done.stderr) == (0, "")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files["files/Holidays/1994/IMG.jpg"] == b"cake" * 400_000
    assert files["trash/thrown.txt"] == b"away"
    titles = [json.loads(line)["asset"]["title"] for line in files["assets.jsonl"].splitlines()]
    assert titles == ["IMG.jpg", "thrown.txt"]
    account = json.loads(files["account.json"])
    assert account["user"]["username"] == "ann"
    assert account["user"]["email"] == "ann@example.com"
    assert len(account["sessions"]) == 1
    assert {each["kind"] for each in account["activity"]} >= {"AUDIT_KIND_ACCOUNT_CREATED", "AUDIT_KIND_LOGIN"}
    everything = b"".join(files.values())
    assert bob.encode() not in everything
    for secret in (b"argon2", b"hash", b"token", PASSWORD.encode()):
        assert secret not in files["account.json"]


def test_its_user_is_told(people: tuple[str, str], tmp_path: Path) -> None:
    """The trail says of the account that an operator has exported it; of nobody, nothing is exported."""
    ann, _ = people
    assert admin("export-user", "ann", "--to", str(tmp_path / "out")).exit_code == 0
    (tmp_path / "mine").write_bytes(b"in the way")
    assert admin("export-user", "ann", "--to", str(tmp_path / "mine")).exit_code == 10
    events = json.loads(admin("audit", "--user", ann, "--json").stdout)
    about = [each for each in events if each.get("method") == "emo admin export-user"]
    assert [each["account"]["user_id"] for each in about] == [ann]
    assert admin("export-user", "nobody", "--to", str(tmp_path / "none")).exit_code == 4
    assert not (tmp_path / "none").exists()


def test_a_damaged_file_is_named(people: tuple[str, str], data_folder: Path, tmp_path: Path) -> None:
    """What can't be opened any more is missing in the export, which says so; all else is there."""
    ann, _ = people
    keep(ann, "a.jpg", b"a" * 1000)
    keep(ann, "b.jpg", b"b" * 1000)
    stored = sorted((data_folder / "files" / "blobs").rglob("1"), key=lambda each: each.stat().st_mtime_ns)
    stored[0].write_bytes(stored[0].read_bytes()[:-1] + b"?")
    done = admin("export-user", ann, "--to", str(tmp_path / "out"))
    assert done.exit_code == 9
    assert "files/a.jpg: " in done.stderr
    assert not (tmp_path / "out" / "files" / "a.jpg").exists()
    assert (tmp_path / "out" / "files" / "b.jpg").read_bytes() == b"b" * 1000
