"""What the tokens of trusted issuers tell."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from emo_grpc.shared.domain.errors import TokenInvalid
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.users.adapters.issuers.issuer_rules import IssuerRules
from emo_grpc.users.adapters.issuers.jwt_issuers import Issuer, JwtIssuers
from emo_grpc.users.adapters.issuers.key_cache import KeyCache
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.user import Role
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims
from identity_provider import AUDIENCE, IdentityProvider

PROVIDER = IdentityProvider()
OTHER = IdentityProvider("https://other.example.org", "ES256")
ADMINS = frozenset({Role.USER, Role.ADMIN})
USERS = frozenset({Role.USER})


def trusted(provider: IdentityProvider, **rules: Any) -> Issuer:
    async def keys() -> bytes:
        return json.dumps(provider.jwks).encode()

    given = {"issuer": provider.issuer, "audience": AUDIENCE, "algorithms": frozenset({"EdDSA", "ES256"})} | rules
    return Issuer(IssuerRules(**given), KeyCache(keys, lambda _: None, utc_now))


async def told(rules: dict[str, Any], **claims: object) -> IssuerClaims:
    """What a token with these claims tells, by these rules."""
    issuers = JwtIssuers({PROVIDER.issuer: trusted(PROVIDER, **rules), OTHER.issuer: trusted(OTHER)})
    return await issuers.claims(PROVIDER.token(**claims), utc_now())


async def test_the_claims_of_openid() -> None:
    """Are taken over; what an issuer may do is what the operator says, and nothing in the token."""
    found = await told(
        {"create_accounts": True},
        email="ana@example.org",
        email_verified=True,
        preferred_username="ana",
        name="Ana",
        locale="ca",
        auth_time=1_900_000_000,
        may_link_by_email=True,
    )
    assert found == IssuerClaims(
        ExternalIdentity(PROVIDER.issuer, "7f3a"),
        email="ana@example.org",
        username="ana",
        public_name="Ana",
        locale="ca",
        login_time=datetime.fromtimestamp(1_900_000_000, UTC),
        may_create_account=True,
    )


@pytest.mark.parametrize("verified", [None, False, "true", "false", 1, 0, "", [], [True], {}])
async def test_a_verified_address_is_one_that_is_said_to_be_true(verified: object) -> None:
    """Nothing that only looks like it."""
    assert (await told({}, email="ana@example.org", email_verified=verified)).email == ""


@pytest.mark.parametrize(
    "email", [None, 7, ["ana@example.org"], "", "ana", "ana@example.org\r\nBcc: eve@example.org", "a" * 300 + "@b.org"]
)
async def test_what_is_no_address_is_none(email: object) -> None:
    """However verified it is."""
    assert (await told({}, email=email, email_verified=True)).email == ""


async def test_other_claims_for_the_same() -> None:
    """The operator names them, also further down; `email_verified` stands beside the address."""
    rules = {"external_id_claim": ("oid",), "email_claim": ("contact", "mail")}
    contact = {"mail": "ana@example.org", "email_verified": True}
    found = await told(rules, sub="other", oid="81b0", contact=contact, email_verified=False)
    assert (found.identity.external_id, found.email) == ("81b0", "ana@example.org")
    assert (await told(rules, oid="81b0", contact="ana@example.org", email_verified=True)).email == ""


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["a", "boss"], ADMINS), ("a boss", ADMINS), (["a"], USERS), ("a bossy", USERS), (["BOSS"], USERS),
        (None, USERS), (7, USERS), ({"boss": True}, USERS), ([["boss"]], USERS), ("", USERS), ([], USERS),
    ],
)  # fmt: skip
async def test_roles(roles: object, expected: frozenset[Role]) -> None:
    """A list, or words; who is not said to be an administrator is none."""
    rules = {"roles_claim": ("realm", "roles"), "admin_role": "boss"}
    assert (await told(rules, realm={"roles": roles})).roles == expected
    assert (await told({}, roles=["admin"], realm={"roles": roles})).roles is None


@pytest.mark.parametrize("time", [None, True, "1900000000", 1e300, float("nan"), -1e300, []])
async def test_what_is_no_time_is_no_login(time: object) -> None:
    """And so makes nothing fresh."""
    assert (await told({}, auth_time=time)).login_time is None


async def test_only_algorithms_that_the_operator_allows() -> None:
    """A good key of the issuer is not enough."""
    with pytest.raises(TokenInvalid, match="its key is for EdDSA, which is not allowed"):
        await told({"algorithms": frozenset({"RS256", "ES256"})})


async def test_an_issuer_speaks_for_nobody_else() -> None:
    """The key of one that is trusted signs nothing in the name of another."""
    issuers = JwtIssuers({each.issuer: trusted(each) for each in (PROVIDER, OTHER)})
    assert (await issuers.claims(OTHER.token(), utc_now())).identity.issuer == OTHER.issuer
    with pytest.raises(TokenInvalid, match="no key of this name"):
        await issuers.claims(OTHER.token(iss=PROVIDER.issuer), utc_now())


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "x"}, "its issuer is none of them"),
        ({"aud": "x"}, "it is for another audience"),
        ({"exp": None}, "one of iss, aud, iat and exp is missing"),
        ({"exp": "x"}, "its claim exp is missing, or of another type"),
        ({"sub": None}, "external_id must not be blank"),
    ],
)
async def test_what_does_not_fit_is_told(claims: dict[str, object], why: str) -> None:
    """To whoever wires an issuer to emo, without a value of the token."""
    with pytest.raises(TokenInvalid, match=f"not a token of a trusted issuer: {why}"):
        await told({}, **claims)
