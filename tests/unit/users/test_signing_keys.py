"""Access tokens under keys that others can verify with, and attacks on those."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emo_grpc.shared.domain.errors import TokenInvalid
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey, VerificationKey, thumbprint
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import Role
from emo_grpc.users.service_layer.ports import AccessClaims

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CLAIMS = AccessClaims(
    token_id=uuid4(),
    user_id=UserId.new(),
    session_id=SessionId.new(),
    roles=frozenset({Role.USER}),
    scopes=frozenset(),
    is_fresh=True,
    issue_time=NOW,
    expire_time=NOW + timedelta(minutes=15),
)
SECRET = SigningKey.of_secret(b"k" * 32)
ED25519 = SigningKey.of_private(Ed25519PrivateKey.generate())
P256 = SigningKey.of_private(generate_private_key(SECP256R1()))
ALL = [SECRET, ED25519, P256]
PUBLIC = [ED25519, P256]

RFC_8037_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # appendix A.2


def jwk_of(key: SigningKey) -> dict[str, str]:
    assert key.verification.jwk is not None
    return dict(key.verification.jwk)


def forged(key: SigningKey, header: dict[str, Any], secret: bytes) -> str:
    """The claims of a good token under an HMAC, with any header."""
    head = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    text = f"{head}.{JwtAccessTokens(key).sign(CLAIMS).split('.')[1]}"
    return f"{text}.{urlsafe_b64encode(hmac.digest(secret, text.encode(), 'sha256')).decode().rstrip('=')}"


@pytest.mark.parametrize("key", ALL, ids=lambda key: key.verification.algorithm)
def test_reads_what_it_signed(key: SigningKey) -> None:
    """All claims come back, and the header names the key and its algorithm."""
    tokens = JwtAccessTokens(key)
    token = tokens.sign(CLAIMS)
    assert tokens.verify(token, NOW) == CLAIMS
    header = {"alg": key.verification.algorithm, "kid": key.verification.key_id, "typ": "JWT"}
    assert jwt.get_unverified_header(token) == header


def test_a_public_key_is_named_by_its_thumbprint() -> None:
    """As RFC 7638 says, with the vector of RFC 8037, appendix A.3."""
    raw = urlsafe_b64decode(RFC_8037_KEY + "=")
    found = VerificationKey.of_public(Ed25519PublicKey.from_public_bytes(raw))
    assert found.key_id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert found.jwk == {
        "kty": "OKP", "crv": "Ed25519", "x": RFC_8037_KEY, "kid": found.key_id, "alg": "EdDSA", "use": "sig",
    }  # fmt: skip


@pytest.mark.parametrize("key", PUBLIC, ids=lambda key: key.verification.algorithm)
def test_a_jwk_verifies_and_tells_nothing_secret(key: SigningKey) -> None:
    """Another service makes a key of it that verifies; of the private key, and of what it signs, it has nothing."""
    members = jwk_of(key)
    token = JwtAccessTokens(key).sign(CLAIMS)
    claims = jwt.decode(
        token, jwt.PyJWK(members), audience="emo", issuer="emo", options={"verify_exp": False, "verify_iat": False}
    )
    assert claims["sub"] == str(CLAIMS.user_id)
    assert set(members) <= {"kty", "crv", "x", "y", "kid", "alg", "use"}
    required = {name: members[name] for name in members if name in {"kty", "crv", "x", "y"}}
    assert members["kid"] == thumbprint(required)


def test_a_secret_has_no_public_form() -> None:
    """Nothing of a key of HS256 is ever published."""
    assert SECRET.verification.jwk is None


@pytest.mark.parametrize("later", ALL, ids=lambda key: key.verification.algorithm)
@pytest.mark.parametrize("earlier", ALL, ids=lambda key: key.verification.algorithm)
def test_a_change_of_keys_logs_nobody_out(earlier: SigningKey, later: SigningKey) -> None:
    """From any kind of key to any other: what the earlier one signed is good while it is known."""
    token = JwtAccessTokens(earlier).sign(CLAIMS)
    successor = JwtAccessTokens(later, [earlier.verification])
    assert successor.verify(token, NOW) == CLAIMS
    assert jwt.get_unverified_header(successor.sign(CLAIMS))["kid"] == later.verification.key_id
    if earlier is not later:
        with pytest.raises(TokenInvalid):
            JwtAccessTokens(later).verify(token, NOW)


@pytest.mark.parametrize("key", PUBLIC, ids=lambda key: key.verification.algorithm)
def test_a_public_key_is_never_a_secret(key: SigningKey) -> None:
    """HS256 under any text of the public key, which everybody knows, is refused (RFC 8725, section 2.1)."""
    public = key.verification.key
    assert not isinstance(public, bytes)
    texts = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        b"",
        key.verification.key_id.encode(),
    ]
    texts += [urlsafe_b64decode(jwk_of(key)["x"] + "=="), json.dumps(jwk_of(key)).encode()]
    texts.append(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    tokens = JwtAccessTokens(key, [SECRET.verification])
    for secret in texts:
        for algorithm in ("HS256", key.verification.algorithm):
            with pytest.raises(TokenInvalid):
                tokens.verify(forged(key, {"alg": algorithm, "kid": key.verification.key_id}, secret), NOW)


@pytest.mark.parametrize("key", ALL, ids=lambda key: key.verification.algorithm)
@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "RS256", "ES256", "ES384", "EdDSA"])
def test_the_key_chooses_the_algorithm(key: SigningKey, algorithm: str) -> None:
    """A header that names another algorithm than that of its key is refused, signed by another good key or not."""
    if algorithm == key.verification.algorithm:
        return
    tokens = JwtAccessTokens(key, [other.verification for other in ALL])
    head, body, signature = tokens.sign(CLAIMS).split(".")
    renamed = json.dumps({"alg": algorithm, "kid": key.verification.key_id}).encode()
    head = urlsafe_b64encode(renamed).decode().rstrip("=")
    for token in (f"{head}.{body}.{signature}", f"{head}.{body}."):
        with pytest.raises(TokenInvalid):
            tokens.verify(token, NOW)
    for other in ALL:
        if other.verification.algorithm == algorithm:
            renamed_key = replace(other, verification=replace(other.verification, key_id=key.verification.key_id))
            with pytest.raises(TokenInvalid):
                tokens.verify(JwtAccessTokens(renamed_key).sign(CLAIMS), NOW)


def test_keys_are_in_no_repr() -> None:
    """Neither the secret nor the private half is in what a log could print."""
    assert "kkkk" not in repr(SECRET)
    assert "PrivateKey" not in repr(ED25519)
