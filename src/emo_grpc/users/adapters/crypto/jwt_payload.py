"""The claims of access tokens by their names in the token (RFC 7519; RFC 8693 for `act`)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import Role
from emo_grpc.users.service_layer.ports import AccessClaims, Claims, ServiceClaims

ISSUER: Final = "emo"
AUDIENCE: Final = "emo"
TYPE: Final = "access"
SERVICE_TYPE: Final = "service"
"""Of a service's own tokens, so that no release takes one for a user's."""
END_OF_CALENDAR: Final = 253_402_300_799
"""The last second of the year 9999, after which `datetime` knows no time."""

NumericDate = Annotated[int, Field(ge=0, le=END_OF_CALENDAR)]
"""Seconds of Unix time (RFC 7519, section 2), whole ones only."""


class Act(BaseModel):
    """The service that acts for the subject (RFC 8693, section 4.1), and its key."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    sub: str
    sid: str


class Payload(BaseModel):
    """The claims by their names in the token, checked for their types."""

    model_config = ConfigDict(strict=True, frozen=True)

    iss: str
    aud: str
    sub: str
    jti: str
    sid: str
    typ: str
    iat: NumericDate
    nbf: NumericDate = 0
    exp: NumericDate
    scope: str
    roles: list[str]
    fresh: bool
    act: Act | None = None


def _user_payload(claims: AccessClaims) -> Payload:
    payload = Payload(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=str(claims.user_id),
        jti=str(claims.token_id),
        sid=str(claims.session_id),
        typ=TYPE,
        iat=int(claims.issue_time.timestamp()),
        exp=int(claims.expire_time.timestamp()),
        scope=" ".join(sorted(claims.scopes)),
        roles=sorted(claims.roles),
        fresh=claims.is_fresh,
    )
    if claims.actor is None:
        return payload
    return payload.model_copy(update={"act": Act(sub=str(claims.actor), sid=str(claims.key_id))})


def _service_payload(claims: ServiceClaims) -> Payload:
    return Payload(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=str(claims.actor),
        jti=str(claims.token_id),
        sid=str(claims.key_id),
        typ=SERVICE_TYPE,
        iat=int(claims.issue_time.timestamp()),
        exp=int(claims.expire_time.timestamp()),
        scope=" ".join(sorted(claims.scopes)),
        roles=[],
        fresh=False,
    )


def _user_claims(payload: Payload) -> AccessClaims:
    act = payload.act
    if act is not None and payload.fresh:
        raise ValueError("no service is fresh")
    return AccessClaims(
        token_id=UUID(payload.jti),
        user_id=UserId(UUID(payload.sub)),
        session_id=SessionId(UUID(payload.sid)),
        roles=frozenset(map(Role, payload.roles)),
        scopes=frozenset(payload.scope.split()),
        is_fresh=payload.fresh,
        issue_time=time_of(payload.iat),
        expire_time=time_of(payload.exp),
        actor=ActorId(UUID(act.sub)) if act else None,
        key_id=UUID(act.sid) if act else None,
    )


def _service_claims(payload: Payload) -> ServiceClaims:
    return ServiceClaims(
        token_id=UUID(payload.jti),
        actor=ActorId(UUID(payload.sub)),
        key_id=UUID(payload.sid),
        scopes=frozenset(payload.scope.split()),
        issue_time=time_of(payload.iat),
        expire_time=time_of(payload.exp),
    )


_CLAIMS: Final[dict[str, Callable[[Payload], Claims]]] = {TYPE: _user_claims, SERVICE_TYPE: _service_claims}


def time_of(seconds: int) -> datetime:
    """The point in time of a NumericDate."""
    return datetime.fromtimestamp(seconds, UTC)


def payload_of(claims: Claims) -> Payload:
    """What the token says."""
    return _service_payload(claims) if isinstance(claims, ServiceClaims) else _user_payload(claims)


def claims_of(payload: Payload) -> Claims:
    """What a token has said; raises ValueError."""
    read = _CLAIMS.get(payload.typ)
    if read is None:
        raise ValueError("a token of another type")
    return read(payload)
