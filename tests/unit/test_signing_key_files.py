"""What the files of keys for access tokens must hold."""

from pathlib import Path
from shutil import copytree

import pytest

from emo_grpc.bootstrap.token_keys import public_jwks, token_keys
from emo_grpc.settings import InvalidSettings, load_settings
from openssl import openssl

SECRET = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of all kinds."""
    made = tmp_path_factory.mktemp("keys")
    openssl(made, "genpkey", "-algorithm", "ed25519", "-out", "ed25519.pem")
    openssl(made, "pkey", "-in", "ed25519.pem", "-pubout", "-out", "ed25519.pub")
    openssl(made, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "p256.pem")
    openssl(made, "ecparam", "-genkey", "-name", "prime256v1", "-out", "old.pem")
    openssl(made, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "p384.pem")
    openssl(made, "pkey", "-in", "p384.pem", "-pubout", "-out", "p384.pub")
    openssl(made, "genpkey", "-algorithm", "ed448", "-out", "ed448.pem")
    openssl(made, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem")
    openssl(made, "pkey", "-in", "p256.pem", "-aes256", "-passout", "pass:secret", "-out", "locked.pem")
    (made / "empty").touch()
    return made


@pytest.fixture(autouse=True)
def folder(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings are read, with a copy of each."""
    monkeypatch.chdir(copytree(keys, tmp_path, dirs_exist_ok=True))
    monkeypatch.setenv("JWT_SECRET_KEY", SECRET)
    return tmp_path


@pytest.mark.parametrize(("file", "algorithm"), [("ed25519.pem", "EdDSA"), ("p256.pem", "ES256"), ("old.pem", "ES256")])
def test_a_key_signs(file: str, algorithm: str) -> None:
    """Ed25519 and P-256 sign, by the algorithm of each; JWT_SECRET_KEY verifies beside them."""
    keys = token_keys(load_settings(jwt_signing_key_file=file))
    assert keys.current.verification.algorithm == algorithm
    assert [other.algorithm for other in keys.others] == ["HS256"]


def test_without_a_file_the_secret_signs() -> None:
    """And nothing is public then."""
    settings = load_settings()
    assert token_keys(settings).current.verification.algorithm == "HS256"
    assert public_jwks(settings) == {"keys": []}


def test_of_retired_keys_the_public_half_is_enough() -> None:
    """Either half of a pair verifies; both halves are one key, and the current one is published but once."""
    settings = load_settings(
        jwt_signing_key_file="p256.pem", jwt_signing_key_files_retired="ed25519.pub, ed25519.pem,p256.pem"
    )
    current, retired = public_jwks(settings)["keys"]
    assert (current["crv"], retired["crv"]) == ("P-256", "Ed25519")
    assert {key.algorithm for key in token_keys(settings).others} == {"HS256", "EdDSA", "ES256"}


ANOTHER = "whose key is neither Ed25519 nor P-256"


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        ("gone", "names gone, which is not there"),
        ("empty", "names empty, which holds no private key in PEM"),
        ("locked.pem", "names locked.pem, whose key is locked with a password"),
        ("p384.pem", f"names p384.pem, {ANOTHER}"),
        ("ed448.pem", f"names ed448.pem, {ANOTHER}"),
        ("rsa.pem", f"names rsa.pem, {ANOTHER}"),
        (".", "names ., which can't be read: Is a directory"),
    ],
)
def test_unsound_files(file: str, complaint: str) -> None:
    """A file that is not what its setting needs stops the start, and is named as what it is."""
    for variable in ("jwt_signing_key_file", "jwt_signing_key_files_retired"):
        with pytest.raises(InvalidSettings) as caught:
            load_settings(**{variable: file})
        assert f"  {variable.upper()}: {complaint}" in str(caught.value)


def test_a_public_key_does_not_sign() -> None:
    """Where a private key is needed its public half is refused, and so is a public key of another curve."""
    with pytest.raises(InvalidSettings, match=r"JWT_SIGNING_KEY_FILE: names ed25519.pub, which holds no private key"):
        load_settings(jwt_signing_key_file="ed25519.pub")
    with pytest.raises(InvalidSettings, match=rf"JWT_SIGNING_KEY_FILES_RETIRED: names p384.pub, {ANOTHER}"):
        load_settings(jwt_signing_key_files_retired="p384.pub")


def test_a_file_that_goes_away_meanwhile(folder: Path) -> None:
    """Between the check of the settings and the use of the key: an error of the settings all the same."""
    settings = load_settings(jwt_signing_key_file="p256.pem")
    (folder / "p256.pem").unlink()
    with pytest.raises(InvalidSettings, match=r"JWT_SIGNING_KEY_FILE: names p256.pem, which is not there"):
        token_keys(settings)
