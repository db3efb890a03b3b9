"""Transport security, with certificates made by openssl for the test."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue

from certificates import Authority
from emo_grpc.settings import CannotStart, InvalidSettings, Settings
from emo_grpc.shared.entrypoints.tls.served_certificates import ServedCertificates
from rpc.shared.conftest import serving_trial
from rpc.shared.trial_service import NAME


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "server", "client")


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


def test_missing_file(authority: Authority, tmp_path: Path) -> None:
    """A named file that goes away before it is read stops the start."""
    certificate, key = authority.folder / "server.crt", tmp_path / "other.key"
    key.write_bytes(authority.read("server.key"))
    settings = Settings(_env_file=None, tls_cert_file=certificate, tls_key_file=key)
    key.unlink()
    with pytest.raises(CannotStart, match="TLS_KEY_FILE names"):
        ServedCertificates.of(settings)


async def test_a_key_that_grpc_can_not_use(authority: Authority) -> None:
    """Files that are sound, but of a kind that gRPC does not know, are not told as a port in use."""
    authority.openssl("genpkey", "-algorithm", "ed448", "-out", "rare.key")
    authority.openssl("req", "-x509", "-key", "rare.key", "-out", "rare.crt", "-subj", "/CN=x", "-days", "2")
    files: dict[str, Any] = {
        "tls_cert_file": authority.folder / "rare.crt",
        "tls_key_file": authority.folder / "rare.key",
    }
    with pytest.raises(InvalidSettings, match=r"rare\.crt, whose kind of key"):
        async with serving_trial(None, **files):
            raise AssertionError


async def test_a_port_in_use(authority: Authority) -> None:
    """With sound files a port in use is told as that."""
    files: dict[str, Any] = {
        "tls_cert_file": authority.folder / "server.crt",
        "tls_key_file": authority.folder / "server.key",
    }
    async with serving_trial(None, **files) as trial:
        with pytest.raises(CannotStart, match="the port is in use") as caught:
            async with serving_trial(None, emo_listen=trial.address, **files):
                raise AssertionError
        assert not isinstance(caught.value, InvalidSettings)
