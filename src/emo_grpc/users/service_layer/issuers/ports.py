"""What the use cases of this room need from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.user import Role


@dataclass(frozen=True, slots=True)
class IssuerClaims:
    """What a trusted issuer says of somebody, and what may be made of it.

    `email` is empty unless the issuer says that it is verified; `username`, `public_name` and `locale` are wishes, not
    checked, and may be empty. `roles` is None where they are none of the issuer's business. `login_time`, if it is
    known, is when the person proved to the issuer who they are.
    """

    identity: ExternalIdentity
    email: str = ""
    username: str = ""
    public_name: str = ""
    locale: str = ""
    roles: frozenset[Role] | None = None
    login_time: datetime | None = None
    may_create_account: bool = False
    may_link_by_email: bool = False


class TrustedIssuers(Protocol):
    """Reads tokens of the parties that the operator trusts."""

    def trusts(self, issuer: str) -> bool:
        """Whether it is one of them, to the letter."""
        ...

    async def claims(self, token: str, now: datetime) -> IssuerClaims:
        """What it says; raises `TokenInvalid`, `TokenExpired` or `IssuerUnavailable`."""
        ...
