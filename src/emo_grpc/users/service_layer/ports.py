"""What the use cases need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.principal import ServicePrincipal
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.passwords import PasswordOwner
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import Role, UserState


class PasswordHasher(Protocol):
    """Slow hashes of passwords, each with its own salt and parameters in its text.

    May raise `TooManyCalls` when too many wait already.
    """

    async def hash(self, password: str) -> str:
        """The text to store."""
        ...

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password. None stands for an unknown account: never true, and takes as long."""
        ...

    async def renewed(self, password: str, password_hash: str) -> str | None:
        """What to store in place of this hash of this password, if it was made in another way than today's."""
        ...


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token of a user says. Times are whole seconds. No scopes = all.

    `actor` is the service that acts for the user, and `key_id` the key by which it came in; None in a login.
    """

    token_id: UUID
    user_id: UserId
    session_id: SessionId
    roles: frozenset[Role]
    scopes: frozenset[str]
    is_fresh: bool
    issue_time: datetime
    expire_time: datetime
    actor: ActorId | None = None
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ServiceClaims:
    """What an access token of a service says; `key_id` is that of the key by which it came in."""

    token_id: UUID
    actor: ActorId
    key_id: UUID
    scopes: frozenset[str]
    issue_time: datetime
    expire_time: datetime


Claims = AccessClaims | ServiceClaims


class AccessTokenSigner(Protocol):
    """Makes access tokens."""

    def sign(self, claims: Claims) -> str:
        """The token's text."""
        ...


class AccessTokenVerifier(Protocol):
    """Reads access tokens. What it accepts was made by this service, with its current or a retired key."""

    def verify(self, token: str, now: datetime) -> Claims:
        """What it says; raises `TokenInvalid` or `TokenExpired`."""
        ...


class ServiceAccounts(Protocol):
    """Tells which services may come in, as their accounts are now. May raise `Unavailable`."""

    async def by_key(self, text: str, peer: str) -> ServicePrincipal:
        """The service whose key this is, calling from that address.

        Raises an InvalidArgument for a typo, an Unauthenticated for a key that is not good, or `NetworkNotAllowed`.
        """
        ...

    async def standing(self, actor: ActorId, key_id: UUID, peer: str | None) -> ServicePrincipal:
        """The service that came in by this key, calling from that address; None: wherever that is.

        Raises `SessionRevoked` if the key is not good any more, or `NetworkNotAllowed`.
        """
        ...


class LoginThrottle(Protocol):
    """Counts failed passwords where all servers see them. Calls may raise `ConcurrentChange`: try again."""

    async def attempt(self, keys: Sequence[ThrottleKey], now: datetime) -> None:
        """Count an attempt under all keys as failed, or raise `LoginThrottled` and count it under none, atomically."""
        ...

    async def succeeded(self, keys: Sequence[ThrottleKey]) -> None:
        """Take back what `attempt` counted, for the password was right."""
        ...

    async def familiar_until(self, key: ThrottleKey) -> datetime | None:
        """Until when this was to be remembered, or None; what is over may still be found."""
        ...

    async def remember(self, key: ThrottleKey, until: datetime) -> None:
        """Remember that there was a right password under this key, in place of what was remembered before."""
        ...

    async def forget(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` counts, and as many memories, that nothing depends on any more; gives how many."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against."""

    user_id: UserId
    username: str
    email: str
    password_hash: str = field(repr=False)
    state: UserState
    create_time: datetime
    public_name: str
    locale: str
    password_changes: int = 0

    @property
    def owner(self) -> PasswordOwner:
        """What others may know of the account's person."""
        return PasswordOwner(self.username, self.email, self.public_name, self.locale)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """What the store says of a session now."""

    user_id: UserId
    is_active: bool
    is_admin: bool
    expire_time: datetime


class CredentialsReader(Protocol):
    """Reads what logins and calls are checked against, outside of any unit of work, as last committed."""

    async def credentials_by_username(self, username: str) -> Credentials | None:
        """Of the account with this username, or None."""
        ...

    async def credentials_by_email(self, email: str) -> Credentials | None:
        """Of the account with this mailbox, under any of the `email_keys` of the address, or None."""
        ...

    async def user_id_by_email(self, email: str) -> UserId | None:
        """Which account has this mailbox, or None, by an index alone: so that the time hardly tells which it is."""
        ...

    async def credentials(self, user_id: UserId) -> Credentials | None:
        """Of this account, or None."""
        ...

    async def user_id_by_identity(self, identity: ExternalIdentity) -> UserId | None:
        """The account that somebody may use whom an issuer calls so, or None."""
        ...

    async def live_session(self, session_id: SessionId) -> LiveSession | None:
        """The session with the standing of its user, or None if it was ended. One read by primary keys."""
        ...
