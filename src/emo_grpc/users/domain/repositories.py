"""Where accounts and sessions are kept, as seen from inside a unit of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.shared.domain.repositories import Repository
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.external_identity import ExternalIdentity, LinkedIdentity
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


class UserRepository(Repository[UserId, User, DamagedUser], Protocol):
    """The accounts. `get` raises `UserNotFound`, or `UserRecordCorrupt`.

    Usernames are unique, and so are mailboxes, also those under one of the `email_keys` of earlier releases: `add` and
    `save` raise `UsernameTaken` or `EmailTaken`, at the latest at commit.
    """

    async def get_by_username(self, username: str) -> User:
        """As `get`."""
        ...

    async def find_by_email(self, email: str) -> User | DamagedUser | None:
        """As `find`, the one with this mailbox, under any of the `email_keys` of the address."""
        ...

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it, its sessions and its links; its version and events as with `save`."""
        ...

    async def count_active_admins(self) -> int:
        """How many accounts are ACTIVE and have the role ADMIN.

        Of two concurrent units that both count and then lower this number, one fails with `ConcurrentChange`.
        """
        ...

    async def with_ended_changes(self, now: datetime, limit: int) -> list[User]:
        """Some whose `email_changes` have one that is over; no damaged ones."""
        ...

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that were made at or before that time; no damaged ones."""
        ...


class IdentityRepository(Protocol):
    """Which account somebody may use whom an issuer vouches for. An identity is linked to one account at most.

    Whoever links or unlinks one also saves its account, which so has another version: of two units that link the same
    one, or that link one to an account while it goes away, one fails with `ConcurrentChange`.
    """

    async def user_of(self, identity: ExternalIdentity) -> UserId | None:
        """The account that it is linked to, or None."""
        ...

    async def of_user(self, user_id: UserId) -> list[LinkedIdentity]:
        """Those that are linked to this account, in order."""
        ...

    async def link(self, identity: ExternalIdentity, user_id: UserId, now: datetime) -> None:
        """Link it; raises `ConcurrentChange` if it is linked. The account must exist."""
        ...

    async def unlink(self, identity: ExternalIdentity) -> None:
        """Unlink it, if it is linked."""
        ...


class SessionRepository(Repository[SessionId, Session, DamagedSession], Protocol):
    """The logins that have not ended; expired ones may be found until the sweeper drops them.

    `get` raises `SessionNotFound`, or `SessionRecordCorrupt`. The user of one that is added must exist. `save` raises
    `ConcurrentChange` also when the session was removed.
    """

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        ...

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one; gives how many."""
        ...

    async def of_actor(self, user_id: UserId, actor_id: ActorId) -> Session | DamagedSession | None:
        """The one in which a service acts for a user, also when its record is damaged, or None.

        There is at most one: of two units that both add one, the later fails with `ConcurrentChange`.
        """
        ...

    async def all_of_actor(self, actor_id: ActorId, limit: int) -> Sequence[Session | DamagedSession]:
        """Up to `limit` of those in which a service acts for users, also those whose records are damaged."""
        ...

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired; gives how many."""
        ...
