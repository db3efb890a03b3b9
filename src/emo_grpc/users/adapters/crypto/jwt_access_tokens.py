"""Access tokens as JSON Web Tokens (RFC 7519, RFC 9068 for the names of claims)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import jwt
from pydantic import ValidationError

from emo_grpc.shared.domain.errors import TokenExpired, TokenInvalid
from emo_grpc.users.adapters.crypto.jwt_payload import AUDIENCE, ISSUER, Payload, claims_of, payload_of, time_of
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey, VerificationKey
from emo_grpc.users.service_layer.ports import Claims

MAX_TOKEN_CHARACTERS: Final = 4096
REQUIRED: Final = ["iss", "aud", "sub", "jti", "sid", "typ", "iat", "exp"]
REMEMBERED: Final = 4096

CLOCKS_APART: Final = timedelta(minutes=1)
"""How far the clock of a server that signs may go before that of one that verifies."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a token says, and from when on it is good."""

    claims: Claims
    begin_time: datetime


class JwtAccessTokens:
    """Signs with the current key, and verifies with it and the others that are good, as the header's `kid` says.

    The key alone says by which algorithm: neither `none` nor any other one of the header is ever looked at. Times are
    compared with the caller's clock at every call, the end without leeway; what was signed well once is remembered, for
    it costs 100 to 250 µs to find out again.
    """

    def __init__(self, key: SigningKey, others: Sequence[VerificationKey] = ()) -> None:
        self._key = key
        self._keys = {known.key_id: known for known in (key.verification, *others)}
        self._known = lru_cache(REMEMBERED)(self._read)

    def sign(self, claims: Claims) -> str:
        """The token's text."""
        payload = payload_of(claims)
        how = self._key.verification
        return jwt.encode(
            payload.model_dump(exclude_unset=True), self._key.key, how.algorithm, headers={"kid": how.key_id}
        )

    def verify(self, token: str, now: datetime) -> Claims:
        """What it says; raises TokenInvalid or TokenExpired."""
        try:
            known = self._known(token)
        except (jwt.InvalidTokenError, ValidationError, ValueError) as error:
            raise TokenInvalid("this is not an access token of this service") from error
        if known.begin_time > now + CLOCKS_APART:
            raise TokenInvalid("this access token's time has not come yet; is the server's clock right?")
        if known.claims.expire_time <= now:
            raise TokenExpired("this access token's time is over; refresh it")
        return known.claims

    def _read(self, token: str) -> _Read:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise ValueError("too long")
        known = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if known is None:
            raise ValueError("signed with an unknown key")
        raw = jwt.decode(
            token,
            known.key,
            algorithms=[known.algorithm],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={
                "require": REQUIRED,
                "strict_aud": True,
                # Times are checked below: the library takes more for a time than we, and by its own clock.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        payload = Payload.model_validate(raw)
        return _Read(claims_of(payload), time_of(max(payload.iat, payload.nbf)))
