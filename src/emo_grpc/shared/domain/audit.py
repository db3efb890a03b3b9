"""What the audit trail is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from emo_grpc.shared.domain.ids import UserId


class AuditKind(StrEnum):
    """The names of `emo.audit.v1.AuditKind`, in small letters; stored, so never renamed. A test keeps both in step."""

    ACCOUNT_CREATED = "account_created"
    ACCOUNT_ACTIVATED = "account_activated"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    SESSION_ENDED = "session_ended"
    TOKEN_EXCHANGED = "token_exchanged"  # noqa: S105 - the name of a kind, no secret
    PROFILE_CHANGED = "profile_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - as above
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105 - as above
    PASSWORD_RESET = "password_reset"  # noqa: S105 - as above
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    ROLES_CHANGED = "roles_changed"
    STATE_CHANGED = "state_changed"
    ACCOUNT_REMOVED = "account_removed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    SERVICE_ACCOUNT_CREATED = "service_account_created"
    SERVICE_ACCOUNT_CHANGED = "service_account_changed"
    SERVICE_ACCOUNT_REMOVED = "service_account_removed"
    SERVICE_KEY_CREATED = "service_key_created"
    SERVICE_KEY_REVOKED = "service_key_revoked"
    ADMIN_CALL = "admin_call"
    DELEGATED_CALL = "delegated_call"


class ActorKind(StrEnum):
    """The names of `emo.audit.v1.ActorKind`, in small letters; stored, so never renamed."""

    USER = "user"
    SERVICE = "service"
    OPERATOR = "operator"
    ANONYMOUS = "anonymous"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something; `identity` is that of a user or a service account, and None for the others."""

    kind: ActorKind
    identity: UUID | None = None

    @classmethod
    def user(cls, user_id: UserId) -> Self:
        """The user of an account."""
        return cls(ActorKind.USER, user_id.value)

    @property
    def user_id(self) -> UserId | None:
        """The account of a user."""
        return UserId(self.identity) if self.kind is ActorKind.USER and self.identity else None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from: who makes it, from which address, in which call or command of `emo admin`.

    Texts are empty where there is nothing to say.
    """

    actor: Actor
    peer: str = ""
    request_id: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that has happened, and must not be forgotten. It never changes.

    `account` is whose it concerns, None where it is no single one. `code` is that of a call's answer, and empty where
    it is not the call that is told of; `reason` is that of what was refused. `details` are few, and none is a secret;
    how many and how long they are is bounded when they are stored.
    """

    kind: AuditKind
    time: datetime
    origin: Origin
    account: UserId | None = None
    code: str = ""
    reason: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def users(self) -> frozenset[UserId]:
        """All whose accounts it names."""
        return frozenset(user for user in (self.account, self.origin.actor.user_id) if user is not None)
