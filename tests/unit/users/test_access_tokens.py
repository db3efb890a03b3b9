"""Attacks on access tokens."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from emo_grpc.shared.domain.errors import TokenExpired, TokenInvalid
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.crypto.jwt_access_tokens import JwtAccessTokens
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey, VerificationKey, secret_key_id
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import Role
from emo_grpc.users.service_layer.ports import AccessClaims

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEY, OTHER = b"k" * 64, b"o" * 64
CLAIMS = AccessClaims(
    token_id=uuid4(),
    user_id=UserId.new(),
    session_id=SessionId.new(),
    roles=frozenset({Role.USER, Role.ADMIN}),
    scopes=frozenset({"assets", "users"}),
    is_fresh=True,
    issue_time=NOW,
    expire_time=NOW + timedelta(minutes=15),
)
TOKENS = JwtAccessTokens(SigningKey.of_secret(KEY))
GOOD = TOKENS.sign(CLAIMS)

# Any: claims of any type are what this is about.
Claims = dict[str, Any]


def forged(change: Callable[[Claims], object], key: bytes = KEY, kid: str | None = None) -> str:
    """A token with other claims, well signed with `key`."""
    claims: Claims = jwt.decode(GOOD, options={"verify_signature": False})
    change(claims)
    return jwt.encode(claims, key, "HS256", headers={"kid": kid or secret_key_id(key)})


def unsigned(header: Claims) -> str:
    """A token with any header and no signature."""
    return f"{urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip('=')}.{GOOD.split('.')[1]}."


def signed(head: str, payload: str) -> str:
    """A token of these two parts, whatever they are, well signed."""
    signature = hmac.digest(KEY, f"{head}.{payload}".encode(), "sha256")
    return f"{head}.{payload}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_reads_what_it_signed() -> None:
    """All claims come back; the header says by which key, and the names are the standard ones."""
    assert TOKENS.verify(GOOD, NOW) == CLAIMS
    assert jwt.get_unverified_header(GOOD) == {"alg": "HS256", "kid": secret_key_id(KEY), "typ": "JWT"}
    claims = jwt.decode(GOOD, options={"verify_signature": False})
    assert claims["scope"] == "assets users"
    assert {"iss", "aud", "sub", "jti", "sid", "typ", "iat", "exp", "fresh", "roles"} <= set(claims)


def test_the_name_of_a_key_tells_nothing_of_it() -> None:
    """A token's header names its key by a sum: the first 8 bytes of its SHA-256, in hex."""
    assert secret_key_id(b"abc") == "ba7816bf8f01cfea"  # FIPS 180-2, appendix B.1


def test_forging_helper_is_fair() -> None:
    """An unchanged token of the helper below is good, so what is refused is refused for its change."""
    assert TOKENS.verify(forged(lambda _: None), NOW) == CLAIMS


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims.update(typ="refresh"),
        lambda claims: claims.pop("typ"),
        lambda claims: claims.update(iss="other"),
        lambda claims: claims.pop("iss"),
        lambda claims: claims.update(aud="other"),
        lambda claims: claims.update(aud=["emo", "other"]),
        lambda claims: claims.pop("aud"),
        lambda claims: claims.pop("exp"),
        lambda claims: claims.update(exp="soon"),
        lambda claims: claims.update(exp=10**30),
        lambda claims: claims.pop("sub"),
        lambda claims: claims.update(sub="nobody"),
        lambda claims: claims.update(sub=7),
        lambda claims: claims.pop("sid"),
        lambda claims: claims.update(sid=""),
        lambda claims: claims.pop("jti"),
        lambda claims: claims.update(roles=["owner"]),
        lambda claims: claims.update(roles="admin"),
        lambda claims: claims.update(fresh="yes"),
        lambda claims: claims.update(scope=None),
        lambda claims: claims.update(nbf=2**60),
        lambda claims: claims.update(more="x" * 4096),
    ],
)
def test_refuses_wrong_claims(change: Callable[[Claims], object]) -> None:
    """A well signed token with a missing, wrong or ill-typed claim is invalid."""
    with pytest.raises(TokenInvalid):
        TOKENS.verify(forged(change), NOW)


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
@pytest.mark.parametrize(
    "value", [10**18, -(10**18), 10**30, -1, 1.5, 1e300, float("nan"), float("inf"), True, "1", None, [], {}]
)
def test_refuses_what_is_no_time(claim: str, value: object) -> None:
    """A time outside of the calendar, or of another type, is invalid, and never a fault of the server."""
    with pytest.raises(TokenInvalid):
        TOKENS.verify(forged(lambda claims: claims.update({claim: value})), NOW)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_refuses_the_future(claim: str) -> None:
    """A token is not good before its time, except for what the clocks of two servers may be apart."""
    time = int(NOW.timestamp()) + 60
    token = forged(lambda claims: claims.update({claim: time}))
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token, NOW - timedelta(seconds=1))
    claims = TOKENS.verify(token, NOW)
    assert isinstance(claims, AccessClaims)
    assert claims.user_id == CLAIMS.user_id


def test_a_time_is_compared_at_every_call() -> None:
    """What was refused for coming too early is good later, though its text is known by then."""
    token = forged(lambda claims: claims.update(nbf=int(NOW.timestamp()) + 300))
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token, NOW)
    TOKENS.verify(token, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("place", ["head", "payload"])
def test_refuses_nested_json(place: str) -> None:
    """JSON that is nested deeper than a parser goes is invalid; the header of a stranger is parsed unsigned."""
    nest = urlsafe_b64encode(b"[" * 2000).decode().rstrip("=")
    head, payload, _ = GOOD.split(".")
    with pytest.raises(TokenInvalid):
        TOKENS.verify(f"{nest}.{payload}.x" if place == "head" else signed(head, nest), NOW)


@pytest.mark.parametrize(
    "token",
    [
        unsigned({"alg": "none", "kid": secret_key_id(KEY)}),
        unsigned({"alg": "None", "kid": secret_key_id(KEY)}),
        unsigned({"alg": "HS256", "kid": secret_key_id(KEY)}),
        unsigned({"alg": "HS256"}),
        unsigned({}),
        GOOD[:-2],
        GOOD.rpartition(".")[0],
        f"{GOOD}.{GOOD}",
        GOOD.replace(".", "!", 1),
        forged(lambda _: None, key=OTHER),
        forged(lambda _: None, key=OTHER, kid=secret_key_id(KEY)),
        forged(lambda _: None, kid="0" * 16),
        forged(lambda _: None, kid="../../../dev/null"),
        jwt.encode({"typ": "access"}, KEY, "HS512", headers={"kid": secret_key_id(KEY)}),
        "",
        ".",
        "..",
        "é.é.é",
        "\ud800",
        "a" * 100_000,
        "W10.W10.W10",
    ],
)
def test_refuses_wrong_signatures(token: str) -> None:
    """No other algorithm, other key, other form or no signature at all is accepted."""
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token, NOW)


def test_refuses_other_payload_under_a_good_signature() -> None:
    """The signature covers the claims."""
    head, _, signature = GOOD.split(".")
    payload = forged(lambda claims: claims.update(sub=str(uuid4()))).split(".")[1]
    with pytest.raises(TokenInvalid):
        TOKENS.verify(f"{head}.{payload}.{signature}", NOW)


def test_expires() -> None:
    """A token ends at the very second it names."""
    TOKENS.verify(GOOD, CLAIMS.expire_time - timedelta(microseconds=1))
    with pytest.raises(TokenExpired):
        TOKENS.verify(GOOD, CLAIMS.expire_time)


def test_retired_keys_verify() -> None:
    """After a change of keys old tokens are good while their key is known as retired, and new ones carry the new."""
    successor = JwtAccessTokens(SigningKey.of_secret(OTHER), [VerificationKey.of_secret(KEY)])
    assert successor.verify(GOOD, NOW) == CLAIMS
    assert jwt.get_unverified_header(successor.sign(CLAIMS))["kid"] == secret_key_id(OTHER)
    with pytest.raises(TokenInvalid):
        JwtAccessTokens(SigningKey.of_secret(OTHER)).verify(GOOD, NOW)
