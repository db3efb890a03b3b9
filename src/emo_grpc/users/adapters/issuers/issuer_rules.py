"""What the operator trusts a party with."""

from collections.abc import Sequence
from dataclasses import dataclass

ClaimPath = Sequence[str]
"""The names on the way to a claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerRules:
    """How tokens of an issuer are read. `roles_claim` None: it has no say in roles."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    external_id_claim: ClaimPath = ("sub",)
    email_claim: ClaimPath = ("email",)
    roles_claim: ClaimPath | None = None
    admin_role: str | None = None
    create_accounts: bool = False
    link_by_email: bool = False
