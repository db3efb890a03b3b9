"""The whole service put together, in this process."""

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from certificates import Authority
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.assets.adapters.crypto.aes_key_ring import kek_id
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS
from emo_grpc.bootstrap.secrets import FilledSettings
from emo_grpc.bootstrap.service import open_service
from emo_grpc.hosting.banner import announce
from emo_grpc.settings import CannotStart, Settings
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from rpc.shared.conftest import Trial
from rpc.shared.replies import reason
from stored import stored
from waiting import until

README = Path(__file__).parents[3] / "README.md"


def settings(folder: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, data_folder=folder, emo_listen="127.0.0.1:0", **values)


async def test_answers(tmp_path: Path) -> None:
    """Opened on an empty folder it serves the contracts; closed, it can be opened again."""
    for _ in range(2):
        async with open_service(settings(tmp_path)) as parts:
            server = parts.server()
            address = await server.start()
            async with grpc.aio.insecure_channel(address) as channel:
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await users_pb2_grpc.UsersServiceStub(channel).GetMe(users_pb2.GetMeRequest())
            assert reason(caught.value) == "TOKEN_MISSING"
            await server.health.probe()
            await server.stop(timedelta(0))
            assert parts.engines.drain.has_started


@pytest.mark.parametrize("table", ["assets", "uploads"])
async def test_a_missing_key(tmp_path: Path, table: str) -> None:
    """It does not start without a key that files are encrypted under, and says which; with it, it does."""
    keys = [base64.b64encode(bytes([number]) * 32).decode() for number in range(3)]
    of_table = {
        "assets": "INSERT INTO assets (asset_id, version, kek_id, document) VALUES (?, 1, ?, '{}')",
        "uploads": "INSERT INTO uploads (asset_id, version, persisted_size, expire_time, blob_key, kek_id, document)"
        " VALUES (?, 1, 0, 9223372036854775807, x'00', ?, '{}')",
    }
    async with open_service(settings(tmp_path, data_key_encryption_key=keys[0])) as parts:
        for number, key in enumerate([keys[0], keys[1], keys[0]]):
            row = (bytes([number]), kek_id(base64.b64decode(key)))
            with stored(tmp_path) as connection:
                connection.execute(of_table[table], row)
    with pytest.raises(CannotStart, match=rf"{kek_id(bytes([1]) * 32)} .*DATA_KEY_ENCRYPTION_KEYS_RETIRED"):
        async with open_service(settings(tmp_path, data_key_encryption_key=keys[0])):
            pass
    with_retired = settings(tmp_path, data_key_encryption_key=keys[2], data_key_encryption_keys_retired=",".join(keys))
    async with open_service(with_retired) as parts:
        assert await parts.engines.metadata.used_kek_ids() == {kek_id(bytes([number]) * 32) for number in (0, 1)}


async def test_sweep(tmp_path: Path) -> None:
    """Request ids that are too old are forgotten."""
    request_id = RequestId.new()
    async with open_service(settings(tmp_path)) as parts:
        async with parts.engines.metadata.assets_units(UPCASTERS)() as unit:
            await unit.idempotency.add(IdempotencyKey("s", request_id, "f", "r", utc_now() - timedelta(seconds=1)))
            await unit.commit()
        await parts.sweep()
        async with parts.engines.metadata.assets_units(UPCASTERS)() as unit:
            assert await unit.idempotency.find("s", request_id) is None


async def test_probes_by_itself(trial_server: Trial) -> None:
    """Health follows the engines in the background, down and up again."""
    following = asyncio.create_task(trial_server.server.health.follow(timedelta(0)))
    trial_server.engines_are_ok = False
    await until(lambda: not trial_server.server.health.is_ok)
    trial_server.engines_are_ok = True
    await until(lambda: trial_server.server.health.is_ok)
    assert not following.done()
    following.cancel()


def announced(capsys: pytest.CaptureFixture[str], given: Settings) -> str:
    announce(FilledSettings(given, (), given.data_folder / "secrets.env"), "host:1")
    return capsys.readouterr().out


def test_announcement_of_metrics(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where operators ask is shown if they can, and nothing of it if they can't."""
    given = FilledSettings(settings(tmp_path), (), tmp_path / "secrets.env")
    announce(given, "host:1", "host:2")
    assert "http://host:2/metrics" in capsys.readouterr().out
    announce(given, "host:1")
    assert "/metrics" not in capsys.readouterr().out


def test_readme_shows_what_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Line by line, the first time that `make run-dev` is run."""
    monkeypatch.setenv("COLUMNS", "76")
    given = Settings(_env_file=None, data_folder=Path("data"))
    generated = ("JWT_SECRET_KEY", "DATA_KEY_ENCRYPTION_KEY")
    announce(FilledSettings(given, generated, given.data_folder / "secrets.env"), "127.0.0.1:50051")
    shown = README.read_text().partition("$ make run-dev\n")[2].partition("```")[0]
    assert capsys.readouterr().out == shown


def test_announcement(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It tells apart plaintext, TLS and mutual TLS, what each takes, and names the mail server if there is one."""
    Authority(tmp_path)
    files: dict[str, Any] = {"tls_cert_file": tmp_path / "ca.crt", "tls_key_file": tmp_path / "ca.key"}
    plain = announced(capsys, settings(tmp_path))
    assert "in plaintext" in plain
    assert "grpcurl -plaintext host:1 list" in plain
    tls = announced(capsys, Settings(_env_file=None, email_smtp_server="mail.example", **files))
    assert "with TLS" in tls
    assert "mail.example" in tls
    assert "grpcurl -cacert CA.PEM host:1 list" in tls
    assert "emo --server host:1 --ca-file CA.PEM register" in tls
    mutual = announced(capsys, Settings(_env_file=None, tls_client_ca_file=tmp_path / "ca.crt", **files))
    assert "with mutual TLS" in mutual
    assert "--ca-file CA.PEM --cert CERT.PEM --key KEY.PEM register" in mutual
