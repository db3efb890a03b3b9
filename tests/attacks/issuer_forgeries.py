"""Tokens in the name of an issuer that it never gave out."""

import base64
import hmac
import json
import time

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from identity_provider import IdentityProvider

WHO = {"email": "ana@example.org", "email_verified": True}


def encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def header_of(provider: IdentityProvider, **changes: object) -> str:
    return encoded({"alg": "RS256", "typ": "JWT", "kid": provider.kid} | changes)


def with_header(provider: IdentityProvider, **changes: object) -> str:
    """A good token under another header: the signature does not fit it, and is not asked for."""
    _, body, signature = provider.token(**WHO).split(".")
    return f"{header_of(provider, **changes)}.{body}.{signature}"


def unsigned(provider: IdentityProvider, algorithm: str) -> str:
    return f"{header_of(provider, alg=algorithm)}.{provider.token(**WHO).split('.')[1]}."


def hmac_of_public_key(provider: IdentityProvider, *, pem: bool) -> str:
    """HS256 with what everybody knows as the secret (RFC 8725, section 2.1)."""
    public = provider.keys[provider.kid][1].public_key()
    encoding = Encoding.PEM if pem else Encoding.DER
    secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    text = f"{header_of(provider, alg='HS256')}.{provider.token(**WHO).split('.')[1]}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def of_stranger(provider: IdentityProvider, *, kid: str = "", algorithm: str = "RS256") -> str:
    """Well signed, by somebody else, in the issuer's name."""
    stranger = IdentityProvider(provider.issuer, algorithm)
    token = stranger.token(**WHO)
    if not kid:
        return token
    key = stranger.keys[stranger.kid][1]
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm, headers={"kid": kid})


def later(seconds: float) -> float:
    return time.time() + seconds
