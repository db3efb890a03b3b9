"""Transport security, with certificates made by openssl for the test."""

from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue
from pydantic import ValidationError

from certificates import Authority
from emo_grpc.settings import CannotStart, Settings
from emo_grpc.shared.entrypoints.tls import server_credentials
from rpc.shared.conftest import serving_trial
from rpc.shared.trial_service import NAME


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("certificates"))
    for name in ("server", "client"):
        made.sign(name)
    return made


async def echo(address: str, credentials: grpc.ChannelCredentials) -> bytes:
    async with grpc.aio.secure_channel(address, credentials) as channel:
        call = channel.unary_unary(f"/{NAME}/UnaryUnary", BytesValue.SerializeToString, BytesValue.FromString)
        answer: BytesValue = await call(BytesValue(value=b"x"))
        return answer.value


async def test_tls(authority: Authority) -> None:
    """With a certificate the port speaks TLS, to clients that trust its authority."""
    files: dict[str, Any] = {
        "tls_cert_file": authority.folder / "server.crt",
        "tls_key_file": authority.folder / "server.key",
    }
    async with serving_trial(None, **files) as trial:
        assert await echo(trial.address, grpc.ssl_channel_credentials(authority.read("ca.crt"))) == b"x"
        with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
            await trial.answers("UnaryUnary", b"in plaintext")


async def test_mutual_tls(authority: Authority) -> None:
    """With a CA for clients, only those that show its certificate get in."""
    files: dict[str, Any] = {
        "tls_cert_file": authority.folder / "server.crt",
        "tls_key_file": authority.folder / "server.key",
        "tls_client_ca_file": authority.folder / "ca.crt",
    }
    known = grpc.ssl_channel_credentials(
        authority.read("ca.crt"), authority.read("client.key"), authority.read("client.crt")
    )
    async with serving_trial(None, **files) as trial:
        assert await echo(trial.address, known) == b"x"
        with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
            await echo(trial.address, grpc.ssl_channel_credentials(authority.read("ca.crt")))


def test_missing_file(authority: Authority) -> None:
    """A named file that is not there stops the start, and so does one that goes away before it is read."""
    certificate, key = authority.folder / "server.crt", authority.folder / "other.key"
    with pytest.raises(ValidationError, match=r"other\.key, which is not there"):
        Settings(_env_file=None, tls_cert_file=certificate, tls_key_file=key)
    key.write_bytes(authority.read("server.key"))
    settings = Settings(_env_file=None, tls_cert_file=certificate, tls_key_file=key)
    key.unlink()
    with pytest.raises(CannotStart, match="TLS_KEY_FILE names"):
        server_credentials(settings)
