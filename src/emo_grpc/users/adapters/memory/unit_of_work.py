"""Accounts and sessions in dicts, for tests of the service layer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.errors import EmailTaken, SessionNotFound, UsernameTaken, UserNotFound
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User, UserState


class MemoryUsersUnitOfWork(MemoryUnitOfWork):
    """The shared unit with this context's repositories."""

    def _open_repositories(self, database: MemoryDatabase, track: Track) -> None:
        self.users = MemoryUserRepository(database, track)
        self.sessions = MemorySessionRepository(database, track)


class MemoryUserRepository:
    """Keeps copies, so that what a unit changes and does not save stays its own."""

    def __init__(self, database: MemoryDatabase, track: Track) -> None:
        self._database = database
        self._track = track

    async def get(self, user_id: UserId) -> User:
        """The account; raises UserNotFound."""
        user = self._users.get(user_id)
        if user is None:
            raise UserNotFound
        return replace(user)

    async def find(self, user_id: UserId) -> User | DamagedUser | None:
        """The account, or None: nothing is damaged in memory."""
        user = self._users.get(user_id)
        return replace(user) if user else None

    async def get_by_username(self, username: str) -> User:
        """The account; raises UserNotFound."""
        for user in self._users.values():
            if user.username == username:
                return replace(user)
        raise UserNotFound

    async def add(self, user: User) -> None:
        """Store a new one."""
        self._store(user)

    async def save(self, user: User) -> None:
        """Store its changes."""
        _check_version(self._users.get(user.user_id), user)
        self._store(user)

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it and its sessions."""
        _check_version(self._users.get(user.user_id), user)
        del self._users[user.user_id]
        await MemorySessionRepository(self._database, self._track).remove_of_user(user.user_id)
        self._track(user)

    async def count_active_admins(self) -> int:
        """How many there are."""
        return sum(user.is_active_admin for user in self._users.values())

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that are old."""
        found = [user for user in self._users.values() if user.state is UserState.PENDING]
        return [replace(user) for user in found if user.create_time <= before][:limit]

    async def outdated(self, _limit: int) -> list[User | DamagedUser]:
        """None: memory holds nothing of another release."""
        return []

    def _store(self, user: User) -> None:
        others = [other for other in self._users.values() if other.user_id != user.user_id]
        if any(other.username == user.username for other in others):
            raise UsernameTaken
        if any(other.email_key in user.email_keys for other in others):
            raise EmailTaken
        user.version += 1
        self._users[user.user_id] = replace(user)
        self._track(user)

    @property
    def _users(self) -> dict[UserId, User]:
        return self._database.table("users")


class MemorySessionRepository:
    """Keeps copies too."""

    def __init__(self, database: MemoryDatabase, track: Track) -> None:
        self._database = database
        self._track = track

    async def get(self, session_id: SessionId) -> Session:
        """The session; raises SessionNotFound."""
        session = self._sessions.get(session_id)
        if session is None:
            raise SessionNotFound
        return replace(session)

    async def find(self, session_id: SessionId) -> Session | DamagedSession | None:
        """The session, or None: nothing is damaged in memory."""
        session = self._sessions.get(session_id)
        return replace(session) if session else None

    async def add(self, session: Session) -> None:
        """Store a new one."""
        session.version += 1
        self._sessions[session.session_id] = replace(session)
        self._track(session)

    async def save(self, session: Session) -> None:
        """Store its changes."""
        _check_version(self._sessions.get(session.session_id), session)
        await self.add(session)

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        self._sessions.pop(session_id, None)

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one."""
        return self._remove_where(lambda session: session.user_id == user_id and session.session_id != but)

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired."""
        return self._remove_where(lambda session: session.expire_time <= now, limit)

    async def outdated(self, _limit: int) -> list[Session | DamagedSession]:
        """None: memory holds nothing of another release."""
        return []

    def _remove_where(self, matches: Callable[[Session], bool], limit: int | None = None) -> int:
        found = [session.session_id for session in self._sessions.values() if matches(session)][:limit]
        for session_id in found:
            del self._sessions[session_id]
        return len(found)

    @property
    def _sessions(self) -> dict[SessionId, Session]:
        return self._database.table("sessions")


def _check_version(stored: Aggregate | None, given: Aggregate) -> None:
    if stored is None or stored.version != given.version:
        raise ConcurrentChange("this was changed at the same moment")
