"""What can be asked in the name of identities at other parties."""

from dataclasses import dataclass, field

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain import rules
from emo_grpc.users.domain.exchange_commands import ExchangedToken
from emo_grpc.users.domain.external_identity import ExternalIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeIssuerToken(Command[ExchangedToken]):
    """Have an access token of the account that a token of a trusted issuer belongs to. No `scopes` = all.

    `peer` is the caller's address.
    """

    subject_token: str = field(repr=False)
    scopes: frozenset[str] = frozenset()
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        if not self.subject_token:
            violations.add("subject_token", "must be given")
        rules.check_scopes(violations, "scopes", self.scopes)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The token, which stands for its account."""
        return self.subject_token


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkIdentity(Command[UserId]):
    """Let whom an issuer calls so use the account with this username, as the operator of the service."""

    username: str
    identity: ExternalIdentity

    @property
    def subject(self) -> str:
        """The account."""
        return self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkIdentity(Command[UserId]):
    """Undo LinkIdentity, and end all sessions of the account."""

    identity: ExternalIdentity

    @property
    def subject(self) -> str:
        """The identity, which stands for its account."""
        return f"{self.identity.issuer} {self.identity.external_id}"
