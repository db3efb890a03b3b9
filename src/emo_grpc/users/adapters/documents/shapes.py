"""The shapes of stored accounts and sessions: JSON's own types.

Times are RFC 3339 in UTC, hashes are hex, ids the text of the UUID. A document does not hold the version of its
aggregate, which stands beside it.
"""

from typing_extensions import TypedDict

from emo_grpc.users.domain.recovery.one_time_tokens import TokenPurpose
from emo_grpc.users.domain.user import Role, UserState


class OneTimeTokenDocument(TypedDict):
    """A token that was given out; see `Binding` for its hash."""

    purpose: TokenPurpose
    subject: str
    token_hash: str
    expire_time: str


class EmailChangeDocument(TypedDict):
    """A change of address that waits, or that can be undone until then."""

    change_id: str
    email: str
    until: str


class UserDocument(TypedDict):
    """An account, version 2. Its `version` (the optimistic one) is kept beside it."""

    schema_version: int
    user_id: str
    username: str
    email: str
    password_hash: str
    public_name: str
    locale: str
    state: UserState
    roles: list[Role]
    create_time: str
    update_time: str
    password_changes: int
    pending_email: EmailChangeDocument | None
    former_emails: list[EmailChangeDocument]
    changes_end_time: str | None
    tokens: list[OneTimeTokenDocument]


class ActorDocument(TypedDict):
    """A service that acts for a user."""

    actor_id: str
    name: str


class SessionDocument(TypedDict):
    """A session, version 2. Its `version` (the optimistic one) is kept beside it."""

    schema_version: int
    session_id: str
    user_id: str
    device_id: str
    scopes: list[str]
    family_hash: str
    token_hash: str
    create_time: str
    last_used_time: str
    expire_time: str
    actor: ActorDocument | None
