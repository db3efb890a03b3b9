"""Attacks in the name of a trusted issuer that makes accounts, and links them by their addresses.

Each is refused with its reason, and changes nothing. What the issuer did not say to us and for now says nothing of
whom it names, so the trail of that account stays as it is.
"""

from collections.abc import Callable

from attacks.issuer_forgeries import WHO, hmac_of_public_key, later, of_stranger, unsigned, with_header
from e2e.attacks_on_identity.target import Target, refused
from emo.users.v1 import users_pb2
from identity_provider import IdentityProvider

JWT = users_pb2.TOKEN_TYPE_JWT
INVALID, EXPIRED = "UNAUTHENTICATED TOKEN_INVALID", "UNAUTHENTICATED TOKEN_EXPIRED"

FORGED: dict[str, Callable[[IdentityProvider], str]] = {
    "alg none": lambda issuer: unsigned(issuer, "none"),
    "HS256 with the public key, PEM": lambda issuer: hmac_of_public_key(issuer, pem=True),
    "HS256 with the public key, DER": lambda issuer: hmac_of_public_key(issuer, pem=False),
    "another audience": lambda issuer: issuer.token(aud="another", **WHO),
    "another issuer": lambda issuer: issuer.token(iss="https://evil.example.org", **WHO),
    "from the future": lambda issuer: issuer.token(iat=later(120), **WHO),
    "not yet": lambda issuer: issuer.token(nbf=later(120), **WHO),
    "an unknown key": of_stranger,
    "another's key under a known name": lambda issuer: of_stranger(issuer, kid=issuer.kid),
    "a key that it brings along": lambda issuer: with_header(issuer, kid="x", jwk=issuer.jwks["keys"][0]),
    "1 MB": lambda issuer: issuer.token(more="x" * 1_000_000, **WHO),
}


def attempt(target: Target, token: str) -> str:
    return target.caller.attempt("ExchangeToken", subject_token=token, subject_token_type=JWT)


def test_tokens_that_the_issuer_never_gave_out(target: Target) -> None:
    """None is good for the account whose address, or whose linked identity, it names."""
    ana = target.person("ana", email=str(WHO["email"]))
    with target.unchanged(ana):
        for name, forge in FORGED.items():
            assert (name, attempt(target, forge(target.issuer))) == (name, INVALID)
        assert attempt(target, target.issuer.token(exp=later(-1), **WHO)) == EXPIRED
    exchanged = target.caller.call("ExchangeToken", subject_token=target.issuer.token(**WHO), subject_token_type=JWT)
    assert exchanged.user_id == ana.user_id
    with target.unchanged(ana):
        for name, forge in FORGED.items():
            assert (name, attempt(target, forge(target.issuer))) == (name, INVALID)


def test_what_an_issuer_says_is_not_enough(target: Target) -> None:
    """An administrator is not had for an address, nor is who is disabled; their trail says that it was tried."""
    ceo, eve = target.person("ceo", roles=(users_pb2.ROLE_ADMIN,)), target.person("eve")
    who = {"sub": "9b1d", "email_verified": True}
    with target.unchanged(ceo, refused("ExchangeToken", "IDENTITY_NOT_LINKED")):
        assert attempt(target, target.issuer.token(email=ceo.email, **who)) == "NOT_FOUND IDENTITY_NOT_LINKED"
    target.root.call("SetUserState", user_id=eve.user_id, state=users_pb2.USER_STATE_DISABLED)
    eve.caller = target.caller
    with target.unchanged(eve, refused("ExchangeToken", "USER_DISABLED")):
        assert attempt(target, target.issuer.token(email=eve.email, **who)) == "PERMISSION_DENIED USER_DISABLED"
    with target.unchanged(eve):
        unverified = target.issuer.token(sub="9b1d", email=eve.email)
        assert attempt(target, unverified) == "FAILED_PRECONDITION IDENTITY_EMAIL_NOT_VERIFIED"
