"""What the PEM files of access tokens must hold; each rule raises ValueError with what is wrong with its file."""

from pathlib import Path
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AfterValidator

from emo_grpc.settings.pem_files import read_file, read_private_key

SigningPrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
SigningPublicKey = Ed25519PublicKey | EllipticCurvePublicKey


def read_signing_key(path: Path) -> SigningPrivateKey:
    """The private key, of Ed25519 or P-256."""
    key = read_private_key(path)
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, EllipticCurvePrivateKey) and _is_p256(key)):
        return key
    raise _another_kind(path)


def read_verification_key(path: Path) -> SigningPublicKey:
    """The public key, of Ed25519 or P-256; from a file of either half of the pair."""
    try:
        key = load_pem_public_key(read_file(path))
    except (ValueError, UnsupportedAlgorithm):
        return read_signing_key(path).public_key()
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, EllipticCurvePublicKey) and _is_p256(key)):
        return key
    raise _another_kind(path)


def _signing(path: Path | None) -> Path | None:
    if path is not None:
        read_signing_key(path)
    return path


def _verification(path: Path) -> Path:
    read_verification_key(path)
    return path


SigningKeyFile = Annotated[Path | None, AfterValidator(_signing)]
VerificationKeyFile = Annotated[Path, AfterValidator(_verification)]


def _is_p256(key: EllipticCurvePrivateKey | EllipticCurvePublicKey) -> bool:
    return isinstance(key.curve, SECP256R1)


def _another_kind(path: Path) -> ValueError:
    return ValueError(
        f"names {path}, whose key is neither Ed25519 nor P-256; make one with `openssl genpkey -algorithm ed25519`"
    )
