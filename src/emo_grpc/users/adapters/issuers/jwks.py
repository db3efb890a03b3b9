"""Reads JSON Web Key Sets (RFC 7517) of other parties."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

MIN_RSA_BITS: Final = 2048
"""RFC 7518, section 3.3."""
MAX_KEYS: Final = 100
"""Those that follow are left out."""

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key, good for one algorithm: the one of its type, whatever else is said of it."""

    algorithm: str
    key: PublicKey = field(repr=False)


def read_jwks(content: bytes) -> Mapping[str, IssuerKey]:
    """The keys by their `kid`; raises ValueError when it is no set, or has none that is of use.

    Others are passed over, as RFC 7517, section 5, asks for: secret or private ones, those for encryption, those
    without a `kid`, weak ones, and those of algorithms that are not taken.
    """
    try:
        found = json.loads(content)
    except RecursionError:
        raise ValueError("this is no JSON Web Key Set") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise ValueError("this is no JSON Web Key Set")
    usable: dict[str, IssuerKey] = {}
    for jwk in keys[:MAX_KEYS]:
        kid, key = _read(jwk)
        if kid and key:
            usable.setdefault(kid, key)
    if not usable:
        raise ValueError("this JSON Web Key Set has no public key that is of use")
    return usable


def _read(jwk: object) -> tuple[str, IssuerKey | None]:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str):
        return "", None
    try:
        key = PyJWK(jwk).key
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return "", None
    algorithm = _algorithm_of(key)
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        return "", None
    return jwk["kid"], IssuerKey(algorithm, key)


def _algorithm_of(key: object) -> str | None:
    if isinstance(key, RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return "RS256"
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return "ES256"
    return "EdDSA" if isinstance(key, Ed25519PublicKey) else None
