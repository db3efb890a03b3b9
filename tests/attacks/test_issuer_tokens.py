"""Tokens of a trusted issuer that it never gave out, or gave out for somebody else; the issuer is a real HTTPS one."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from attacks.issuer_forgeries import (
    WHO,
    encoded,
    header_of,
    hmac_of_public_key,
    later,
    of_stranger,
    unsigned,
    with_header,
)
from certificates import Authority
from emo.users.v1 import users_pb2, users_pb2_grpc
from identity_provider import AUDIENCE, IdentityProvider, serving, trust
from rpc.vault import Vault, failure, open_vault

Change = Callable[[IdentityProvider], str]

REFUSED = "UNAUTHENTICATED TOKEN_INVALID"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[tuple[IdentityProvider, Path]]:
    """One that is trusted with all there is, and the file that says so."""
    authority = Authority(tmp_path)
    authority.sign("provider")
    made = IdentityProvider(algorithm="RS256")
    with serving(made, authority) as url:
        yield made, trust(tmp_path, url, made, algorithms=["RS256"], create_accounts=True, link_by_email=True)


@pytest.fixture
async def trusting(
    engines: dict[str, Any], tmp_path: Path, provider: tuple[IdentityProvider, Path]
) -> AsyncIterator[Vault]:
    """A service that trusts it."""
    async with open_vault(tmp_path / "data", trusted_issuers_file=provider[1], **engines) as made:
        yield made


async def exchanged(vault: Vault, token: str) -> users_pb2.ExchangeTokenResponse:
    return await users_pb2_grpc.UsersServiceStub(vault.channel()).ExchangeToken(_request(token))


async def refused(vault: Vault, token: str) -> str:
    return (await failure(users_pb2_grpc.UsersServiceStub(vault.channel()).ExchangeToken(_request(token)))).brief


def _request(token: str) -> users_pb2.ExchangeTokenRequest:
    return users_pb2.ExchangeTokenRequest(subject_token=token, subject_token_type=users_pb2.TOKEN_TYPE_JWT)


FORGED: dict[str, Change] = {
    "alg none": lambda provider: unsigned(provider, "none"),
    "alg None": lambda provider: unsigned(provider, "None"),
    "no signature": lambda provider: unsigned(provider, "RS256"),
    "HS256 with the public key, PEM": lambda provider: hmac_of_public_key(provider, pem=True),
    "HS256 with the public key, DER": lambda provider: hmac_of_public_key(provider, pem=False),
    "another audience": lambda provider: provider.token(aud="another", **WHO),
    "several audiences, none of them ours": lambda provider: provider.token(aud=["a", "b"], **WHO),
    "audience of another case": lambda provider: provider.token(aud=AUDIENCE.upper(), **WHO),
    "no audience": lambda provider: provider.token(aud=None, **WHO),
    "another issuer": lambda provider: provider.token(iss="https://evil.example.org", **WHO),
    "issuer with a slash more": lambda provider: provider.token(iss=f"{provider.issuer}/", **WHO),
    "several issuers": lambda provider: provider.token(iss=[provider.issuer], **WHO),
    "no issuer": lambda provider: provider.token(iss=None, **WHO),
    "from the future": lambda provider: provider.token(iat=later(120), **WHO),
    "not yet": lambda provider: provider.token(nbf=later(120), **WHO),
    "no end": lambda provider: provider.token(exp=None, **WHO),
    "no beginning": lambda provider: provider.token(iat=None, **WHO),
    "ends in words": lambda provider: provider.token(exp="tomorrow", **WHO),
    "ends after the calendar": lambda provider: provider.token(exp=10**30, **WHO),
    "ends never": lambda provider: provider.token(exp=float("inf"), **WHO),
    "nobody": lambda provider: provider.token(sub=None, **WHO),
    "a number": lambda provider: provider.token(sub=7, **WHO),
    "an empty name": lambda provider: provider.token(sub="", **WHO),
    "an endless name": lambda provider: provider.token(sub="x" * 256, **WHO),
    "an invisible name": lambda provider: provider.token(sub="7f3a\u200b", **WHO),
    "half a character": lambda provider: provider.token(sub="7f3a\ud800", **WHO),
    "unknown key": of_stranger,
    "another's key under a known name": lambda provider: of_stranger(provider, kid=provider.kid),
    "EdDSA under a known name": lambda provider: of_stranger(provider, kid=provider.kid, algorithm="EdDSA"),
    "key that is no name": lambda provider: with_header(provider, kid=7),
    "no key": lambda provider: with_header(provider, kid=None),
    "key from elsewhere": lambda provider: with_header(provider, kid="x", jku="http://127.0.0.1/keys"),
    "key with it": lambda provider: with_header(provider, kid="x", jwk=provider.jwks["keys"][0]),
    "extensions": lambda provider: with_header(provider, crit=["exp"], exp=1),
    "1 MB": lambda provider: provider.token(more="x" * 1_000_000, **WHO),
    "1 MB of dots": lambda _: "." * 1_000_000,
    "deep": lambda provider: f"{header_of(provider)}.{encoded(b'[' * 9000)}.x",
    "deep header": lambda provider: f"{encoded(b'[' * 9000)}.{provider.token(**WHO).split('.')[1]}.x",
    "not JSON": lambda provider: f"{header_of(provider)}.{encoded(b'x')}.x",
    "a list": lambda provider: f"{header_of(provider)}.{encoded([])}.x",
    "not a token": lambda _: "7f3a",
    "two in one": lambda provider: f"{provider.token(**WHO)}.{provider.token(**WHO)}",
}  # fmt: skip


async def test_forged_issuer_tokens(trusting: Vault, provider: tuple[IdentityProvider, Path]) -> None:
    """None of them is good for anything, or changes anything, though the issuer may make accounts."""
    issuer = provider[0]
    await failure(exchanged(trusting, issuer.token("first")))  # whose keys are known from now on
    for name, forge in FORGED.items():
        assert (name, await refused(trusting, forge(issuer))) == (name, REFUSED)
    assert await refused(trusting, issuer.token(exp=later(-1), **WHO)) == "UNAUTHENTICATED TOKEN_EXPIRED"
    assert (await trusting.parts.users.views.users(limit=10)).items == []
    made = await exchanged(trusting, issuer.token(aud=["other", AUDIENCE], nbf=later(-5), **WHO))
    users = (await trusting.parts.users.views.users(limit=10)).items
    assert [(str(user.user_id), user.email) for user in users] == [(made.user_id, "ana@example.org")]
