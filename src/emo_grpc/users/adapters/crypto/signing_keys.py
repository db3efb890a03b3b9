"""The keys of access tokens. Each is good for one algorithm, whatever a token's header says (RFC 8725, section 3.1)."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

HMAC_ALGORITHM: Final = "HS256"
KEY_ID_BYTES: Final = 8

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """What tokens are verified with; `jwk` is its public form (RFC 7517), None of a secret one."""

    key_id: str
    algorithm: str
    key: bytes | PublicKey = field(repr=False)
    jwk: Mapping[str, str] | None = None

    @classmethod
    def of_secret(cls, secret: bytes) -> "VerificationKey":
        """HS256: who verifies with it can sign with it, too."""
        return cls(secret_key_id(secret), HMAC_ALGORITHM, secret)

    @classmethod
    def of_public(cls, key: PublicKey) -> "VerificationKey":
        """EdDSA with Ed25519, ES256 with P-256; other curves must not be given."""
        if isinstance(key, Ed25519PublicKey):
            algorithm, members = "EdDSA", OKPAlgorithm.to_jwk(key, as_dict=True)
        else:
            algorithm, members = "ES256", ECAlgorithm.to_jwk(key, as_dict=True)
        key_id = thumbprint(members)
        return cls(key_id, algorithm, key, {**members, "kid": key_id, "alg": algorithm, "use": "sig"})


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What tokens are signed with, and how others tell that they were."""

    verification: VerificationKey
    key: bytes | PrivateKey = field(repr=False)

    @classmethod
    def of_secret(cls, secret: bytes) -> "SigningKey":
        """See `VerificationKey.of_secret`."""
        return cls(VerificationKey.of_secret(secret), secret)

    @classmethod
    def of_private(cls, key: PrivateKey) -> "SigningKey":
        """See `VerificationKey.of_public`."""
        return cls(VerificationKey.of_public(key.public_key()), key)


def secret_key_id(secret: bytes) -> str:
    """The first 8 bytes of the SHA-256 of a key, hex: names it without telling it."""
    return hashlib.sha256(secret).digest()[:KEY_ID_BYTES].hex()


def thumbprint(members: Mapping[str, str]) -> str:
    """The name of a public key (RFC 7638, SHA-256, base64url), from its required members alone."""
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode().rstrip("=")
