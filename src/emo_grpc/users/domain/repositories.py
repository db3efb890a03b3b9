"""Where accounts and sessions are kept, as seen from inside a unit of work."""

from datetime import datetime
from typing import Protocol

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


class UserRepository(Protocol):
    """The accounts.

    Usernames are unique, and so are mailboxes, also those under one of the `email_keys` of earlier releases: `add` and
    `save` raise `UsernameTaken` or `EmailTaken`, at the latest at commit. `save` and `remove` raise `ConcurrentChange`
    when the stored version is not the aggregate's. What the aggregate had recorded is stored with it.
    """

    async def get(self, user_id: UserId) -> User:
        """The account; raises `UserNotFound`, or `UserRecordCorrupt` if its record is damaged."""
        ...

    async def get_by_username(self, username: str) -> User:
        """As `get`."""
        ...

    async def find(self, user_id: UserId) -> User | DamagedUser | None:
        """The account, also when its record is damaged, or None."""
        ...

    async def add(self, user: User) -> None:
        """Store one that is not there, as the version that follows its own: 1 of a new one."""
        ...

    async def save(self, user: User) -> None:
        """Store its changes, as the next version."""
        ...

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it and its sessions."""
        ...

    async def count_active_admins(self) -> int:
        """How many accounts are ACTIVE and have the role ADMIN.

        Of two concurrent units that both count and then lower this number, one fails with `ConcurrentChange`.
        """
        ...

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that were made at or before that time; no damaged ones."""
        ...

    async def outdated(self, limit: int) -> list[User | DamagedUser]:
        """Some that are stored as another release does; `save` makes them current.

        Raises the engine's own error at one of a later release.
        """
        ...


class SessionRepository(Protocol):
    """The logins that have not ended; expired ones may be found until the sweeper drops them.

    `save` raises `ConcurrentChange` when the stored version is not the aggregate's, or when it was removed.
    """

    async def get(self, session_id: SessionId) -> Session:
        """The session; raises `SessionNotFound`, or `SessionRecordCorrupt` if its record is damaged."""
        ...

    async def find(self, session_id: SessionId) -> Session | DamagedSession | None:
        """The session, also when its record is damaged, or None."""
        ...

    async def add(self, session: Session) -> None:
        """Store one that is not there, as the version that follows its own: 1 of a new one. Its user must exist."""
        ...

    async def save(self, session: Session) -> None:
        """Store its changes, as the next version."""
        ...

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        ...

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one; gives how many."""
        ...

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired; gives how many."""
        ...

    async def outdated(self, limit: int) -> list[Session | DamagedSession]:
        """Some that are stored as another release does; `save` makes them current.

        Raises the engine's own error at one of a later release.
        """
        ...
