"""What the claims of a verified token mean here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.users.adapters.issuers.issuer_rules import ClaimPath, IssuerRules
from emo_grpc.users.domain.email_address import is_email_address
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.rules import MAX_EMAIL
from emo_grpc.users.domain.user import Role
from emo_grpc.users.service_layer.issuers.ports import IssuerClaims

Payload = Mapping[str, object]

USERNAME: Final = ("preferred_username",)
PUBLIC_NAME: Final = ("name",)
LOCALE: Final = ("locale",)
"""OpenID Connect Core, section 5.1."""


def told_claims(payload: Payload, rules: IssuerRules) -> IssuerClaims:
    """Read them; raises ValueError where there is nothing to know the person by. What else is odd counts as absent."""
    try:
        identity = ExternalIdentity(rules.issuer, _text(payload, rules.external_id_claim))
    except InvalidArgument as error:
        raise ValueError(f"{error.violations[0].field} {error.violations[0].description}") from None
    return IssuerClaims(
        identity=identity,
        email=_verified_email(payload, rules),
        username=_text(payload, USERNAME),
        public_name=_text(payload, PUBLIC_NAME),
        locale=_text(payload, LOCALE),
        roles=_roles(payload, rules),
        login_time=_login_time(payload),
        may_create_account=rules.create_accounts,
        may_link_by_email=rules.link_by_email,
    )


def _verified_email(payload: Payload, rules: IssuerRules) -> str:
    """The address, if `email_verified` beside it is just true; some issuers write it as text, which no rule allows."""
    email = _text(payload, rules.email_claim)
    is_verified = _at(payload, (*rules.email_claim[:-1], "email_verified")) is True
    return email if is_verified and len(email) <= MAX_EMAIL and is_email_address(email) else ""


def _roles(payload: Payload, rules: IssuerRules) -> frozenset[Role] | None:
    if rules.roles_claim is None:
        return None
    found = _at(payload, rules.roles_claim)
    names: Sequence[object] = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
    return frozenset({Role.USER, Role.ADMIN} if rules.admin_role in names else {Role.USER})


def _login_time(payload: Payload) -> datetime | None:
    """`auth_time` (OpenID Connect Core, section 2)."""
    found = payload.get("auth_time")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return datetime.fromtimestamp(found, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(payload: Payload, path: ClaimPath) -> str:
    found = _at(payload, path)
    return found if isinstance(found, str) else ""


def _at(payload: Payload, path: ClaimPath) -> object:
    found: object = payload
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
