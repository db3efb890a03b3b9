"""What the files of TLS must hold."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from certificates import Authority
from emo_grpc.settings import InvalidSettings, load_settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Authority(tmp_path_factory.mktemp("certificates"), "server")
    made.openssl("pkey", "-in", "server.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
    made.openssl("ecparam", "-genkey", "-name", "prime256v1", "-out", "old.key")
    made.openssl("req", "-x509", "-key", "old.key", "-out", "old.crt", "-subj", "/CN=x", "-days", "2")
    (made.folder / "empty").touch()
    (made.folder / "torn.crt").write_bytes(made.read("server.crt").replace(b"A", b"B"))
    (made.folder / "bent.crt").write_text(bent(made.read("ca.crt")))
    (made.folder / "chain.crt").write_bytes(made.read("server.crt") + made.read("ca.crt"))
    (made.folder / "reversed.crt").write_bytes(made.read("ca.crt") + made.read("server.crt"))
    return made.folder


def bent(pem: bytes) -> str:
    """A certificate that reads well, but for its key: a point that is not on the curve."""
    certificate = load_pem_x509_certificate(pem)
    point = certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    off_the_curve = point[:-1] + bytes([point[-1] ^ 1])
    return ssl.DER_cert_to_PEM_cert(certificate.public_bytes(Encoding.DER).replace(point, off_the_curve))


def tls(certificate: str = "server.crt", key: str = "server.key", authority: str = "") -> dict[str, str]:
    return {"tls_cert_file": certificate, "tls_key_file": key, "tls_client_ca_file": authority}


@pytest.mark.parametrize(
    "given", [tls(), tls("chain.crt"), tls(authority="ca.crt"), tls(authority="chain.crt"), tls("old.crt", "old.key")]
)
def test_sound_files(folder: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    """A certificate with its key, a chain, keys of older tools, and authorities."""
    monkeypatch.chdir(folder)
    settings = load_settings(**{name: value for name, value in given.items() if value})
    assert {name: str(getattr(settings, name) or "") for name in given} == given


NO_CERTIFICATE = "which holds no certificate in PEM"
NO_KEY = "which holds no private key in PEM"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"tls_cert_file": "server.crt"}, "TLS_KEY_FILE: and TLS_CERT_FILE need each other"),
        ({"tls_key_file": "server.key"}, "TLS_KEY_FILE: and TLS_CERT_FILE need each other"),
        ({"tls_client_ca_file": "ca.crt"}, "TLS_CLIENT_CA_FILE: needs TLS_CERT_FILE"),
        (tls(key="gone"), "TLS_KEY_FILE: names gone, which is not there"),
        (tls("gone"), "TLS_CERT_FILE: names gone, which is not there"),
        (tls("."), "TLS_CERT_FILE: names ., which can't be read: Is a directory"),
        (tls(key="empty"), f"TLS_KEY_FILE: names empty, {NO_KEY}"),
        (tls(key="server.crt"), f"TLS_KEY_FILE: names server.crt, {NO_KEY}"),
        (tls(key="ca.key"), "TLS_KEY_FILE: names ca.key, which is not the key of the first certificate in server.crt"),
        (tls("reversed.crt"), "TLS_KEY_FILE: names server.key, which is not the key of the first certificate"),
        (tls(key="locked.key"), "TLS_KEY_FILE: names locked.key, whose key is locked with a password"),
        (tls("empty"), f"TLS_CERT_FILE: names empty, {NO_CERTIFICATE}"),
        (tls("server.key"), f"TLS_CERT_FILE: names server.key, {NO_CERTIFICATE}"),
        (tls("torn.crt"), f"TLS_CERT_FILE: names torn.crt, {NO_CERTIFICATE}"),
        (tls("bent.crt"), f"TLS_CERT_FILE: names bent.crt, {NO_CERTIFICATE}"),
        (tls(authority="empty"), f"TLS_CLIENT_CA_FILE: names empty, {NO_CERTIFICATE}"),
        (tls(authority="bent.crt"), f"TLS_CLIENT_CA_FILE: names bent.crt, {NO_CERTIFICATE}"),
        (tls(authority="ca.key"), f"TLS_CLIENT_CA_FILE: names ca.key, {NO_CERTIFICATE}"),
        (tls(authority="server.crt"), "TLS_CLIENT_CA_FILE: names server.crt, whose certificate is not of an authority"),
    ],
)
def test_unsound_files(folder: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str) -> None:
    """A file that is not what its setting needs stops the start, and is named as what it is."""
    monkeypatch.chdir(folder)
    with pytest.raises(InvalidSettings) as caught:
        load_settings(**{name: value for name, value in given.items() if value})
    assert f"  {named}" in str(caught.value)


def test_all_of_them_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong authority is told beside a wrong certificate."""
    monkeypatch.chdir(folder)
    with pytest.raises(InvalidSettings) as caught:
        load_settings(**tls("empty", "gone", "empty"))
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "TLS_CERT_FILE",
        "TLS_CLIENT_CA_FILE",
    ]
