"""What can be asked with the keys and tokens of services (RFC 8693). Each command checks its own fields."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain import rules
from emo_grpc.users.domain.external_identity import ExternalIdentity


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """An access token that no refresh token goes on with. No `scopes` = all.

    `user_id` is None for one of a service itself, `actor` for one in which no service has a part.
    """

    access_token: str = field(repr=False)
    expire_time: datetime
    scopes: frozenset[str]
    user_id: UserId | None = None
    actor: ActorId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeServiceKey(Command[ExchangedToken]):
    """Have an access token of the service whose key this is. `peer` is the caller's address."""

    service_key: str = field(repr=False)
    scopes: frozenset[str] = frozenset()
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_scopes(violations, "scopes", self.scopes)
        violations.raise_if_any()

    @property
    def subject(self) -> str:
        """The key, which stands for its service."""
        return self.service_key


@dataclass(frozen=True, slots=True)
class Username:
    """A user by their name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForUser(Command[ExchangedToken]):
    """Have an access token of a user, as a service: `actor_token` is its access token, or one of its keys."""

    user: UserId | Username | ExternalIdentity
    actor_token: str = field(repr=False)
    actor_token_type: Literal["access_token", "service_key"]
    scopes: frozenset[str] = frozenset()
    peer: str = ""

    def __post_init__(self) -> None:
        violations = Violations()
        if isinstance(self.user, Username):
            violations.text("username", self.user.name, minimum=1, maximum=rules.MAX_EMAIL)
        rules.check_scopes(violations, "scopes", self.scopes)
        violations.raise_if_any()

    @property
    def subject(self) -> object:
        """The user."""
        return self.user
