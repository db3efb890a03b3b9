"""Tokens of trusted issuers as JSON Web Tokens: ID tokens of OpenID Connect, access tokens of RFC 9068, and such."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emo_grpc.shared.domain.errors import TokenExpired, TokenInvalid
from emo_grpc.users.adapters.issuers.issuer_rules import IssuerRules
from emo_grpc.users.adapters.issuers.key_cache import PAUSE_SECONDS, KeyCache, NoKeys
from emo_grpc.users.adapters.issuers.told_claims import told_claims
from emo_grpc.users.domain.errors import IssuerUnavailable
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims

MAX_TOKEN_CHARACTERS: Final = 16_384
CLOCKS_APART: Final = timedelta(minutes=1)
"""How far the clock of an issuer may go before ours."""
END_OF_CALENDAR: Final = 253_402_300_799

NumericDate = Annotated[float, Field(ge=0, le=END_OF_CALENDAR, allow_inf_nan=False)]
"""Seconds of Unix time, also fractions (RFC 7519, section 2)."""


class _Times(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    iat: NumericDate
    nbf: NumericDate = 0
    exp: NumericDate


@dataclass(frozen=True, slots=True)
class Issuer:
    """A party with its keys."""

    rules: IssuerRules
    keys: KeyCache


class JwtIssuers:
    """Takes the issuer's key that `kid` names; that key, and what the operator allows, says by which algorithm.

    So a key is never taken for one of another algorithm, and no other key that a header points at is ever looked at.
    """

    def __init__(self, issuers: Mapping[str, Issuer]) -> None:
        self._issuers = issuers

    def trusts(self, issuer: str) -> bool:
        """Whether it is one of them."""
        return issuer in self._issuers

    async def claims(self, token: str, now: datetime) -> IssuerClaims:
        """What it says; raises TokenInvalid, TokenExpired or IssuerUnavailable."""
        try:
            issuer, kid = self._named_by(token)
            payload = await self._verified(token, issuer, kid)
            times = _Times.model_validate(payload)
            told = told_claims(payload, issuer.rules)
        except (jwt.InvalidTokenError, ValidationError, ValueError, RecursionError) as error:
            raise TokenInvalid(f"this is not a token of a trusted issuer: {_why(error)}") from error
        if max(times.iat, times.nbf) > (now + CLOCKS_APART).timestamp():
            raise TokenInvalid("this token's time has not come yet; is the clock of its issuer right?")
        if times.exp <= now.timestamp():
            raise TokenExpired("this token's time is over; get another one from its issuer")
        return told

    def _named_by(self, token: str) -> tuple[Issuer, str]:
        """Who is said to have signed it, with which key."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise ValueError(f"it has more than {MAX_TOKEN_CHARACTERS} characters")
        unverified = jwt.decode_complete(token, options={"verify_signature": False})
        name, kid = unverified["payload"].get("iss"), unverified["header"].get("kid")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise ValueError("its issuer is none of them")
        if not isinstance(kid, str):
            raise ValueError("its header names no key (kid)")
        return issuer, kid

    async def _verified(self, token: str, issuer: Issuer, kid: str) -> Mapping[str, object]:
        try:
            key = await issuer.keys.key(kid)
        except NoKeys:
            raise IssuerUnavailable(timedelta(seconds=PAUSE_SECONDS)) from None
        if key is None:
            raise ValueError("the issuer has no key of this name (kid)")
        if key.algorithm not in issuer.rules.algorithms:
            raise ValueError(f"its key is for {key.algorithm}, which is not allowed of this issuer")
        payload: Mapping[str, object] = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            audience=issuer.rules.audience,
            issuer=issuer.rules.issuer,
            options={
                "require": ["iss", "aud", "iat", "exp"],
                # Times are compared by the caller's clock; of `sub` and `jti` the library would ask for more than we.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
        return payload


def _why(error: Exception) -> str:
    """For whoever wires an issuer to emo: what does not fit, without a value of the token."""
    if isinstance(error, ValidationError):
        return f"its claim {error.errors()[0]['loc'][0]} is missing, or of another type"
    if isinstance(error, jwt.InvalidTokenError):
        return WORDS.get(type(error), "it is damaged, or wrongly signed")
    return str(error) if type(error) is ValueError else "it is damaged"


WORDS: Final[Mapping[type[jwt.InvalidTokenError], str]] = {
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.InvalidAlgorithmError: "its header names another algorithm than that of its key",
    jwt.InvalidSignatureError: "its signature is wrong",
    jwt.MissingRequiredClaimError: "one of iss, aud, iat and exp is missing",
}
