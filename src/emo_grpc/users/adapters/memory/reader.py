"""What is read outside of units of work, and failed logins, in dicts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.projections import credentials, session_view, user_view
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.throttling import Failures, ThrottleKey, count_attempt, take_back
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import After, SessionView, Unreadable, UserView


class MemoryUsersReader:
    """Waits for its turn, so that it sees nothing uncommitted."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def user(self, user_id: UserId) -> UserView | None:
        """One account, or None."""
        user = await self._find(lambda user: user.user_id == user_id)
        return user_view(user) if user else None

    async def users(self, *, limit: int, after: After | None) -> list[UserView | Unreadable]:
        """Accounts that follow `after`."""
        async with self._database.turn:
            keys = {(user.create_time, user.user_id.value): user for user in self._users.values()}
            return [user_view(keys[key]) for key in _page(keys, after, limit)]

    async def sessions(
        self, user_id: UserId, *, now: datetime, limit: int, after: After | None
    ) -> list[SessionView | Unreadable]:
        """Live sessions of a user that follow `after`."""
        async with self._database.turn:
            keys = {
                (session.create_time, session.session_id.value): session
                for session in self._sessions.values()
                if session.user_id == user_id and session.expire_time > now
            }
            return [session_view(keys[key]) for key in _page(keys, after, limit)]

    async def credentials_by_username(self, username: str) -> Credentials | None:
        """By username, or None."""
        return await self._credentials(lambda user: user.username == username)

    async def credentials_by_email(self, email: str) -> Credentials | None:
        """By mailbox, or None."""
        return await self._credentials(lambda user: user.email_key in email_keys(email))

    async def credentials(self, user_id: UserId) -> Credentials | None:
        """By id, or None."""
        return await self._credentials(lambda user: user.user_id == user_id)

    async def live_session(self, session_id: SessionId) -> LiveSession | None:
        """The session with the standing of its user."""
        async with self._database.turn:
            session = self._sessions.get(session_id)
            if session is None:
                return None
            user = self._users[session.user_id]
            is_active = user.state is UserState.ACTIVE
            return LiveSession(user.user_id, is_active, user.is_active_admin, session.expire_time)

    async def outdated(self) -> int:
        """None: memory holds nothing of another release."""
        return 0

    async def _credentials(self, matches: Callable[[User], bool]) -> Credentials | None:
        user = await self._find(matches)
        return credentials(user) if user else None

    async def _find(self, matches: Callable[[User], bool]) -> User | None:
        async with self._database.turn:
            return next(filter(matches, self._users.values()), None)

    @property
    def _users(self) -> dict[UserId, User]:
        return self._database.table("users")

    @property
    def _sessions(self) -> dict[SessionId, Session]:
        return self._database.table("sessions")


def _page(keys: Iterable[After], after: After | None, limit: int) -> list[After]:
    return [key for key in sorted(keys, reverse=True) if after is None or key < after][:limit]


class MemoryLoginThrottle:
    """Counts in a table."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def attempt(self, keys: Sequence[ThrottleKey], now: datetime) -> None:
        """Count an attempt as failed under all keys, or under none."""
        async with self._database.turn:
            self._failures.update({key.digest: count_attempt(self._failures.get(key.digest), key, now) for key in keys})

    async def succeeded(self, keys: Sequence[ThrottleKey]) -> None:
        """Take it back."""
        async with self._database.turn:
            for key in keys:
                left = take_back(self._failures.pop(key.digest, None), key)
                if left is not None:
                    self._failures[key.digest] = left

    async def familiar_until(self, key: ThrottleKey) -> datetime | None:
        """Until when it is remembered."""
        async with self._database.turn:
            return self._familiar.get(key.digest)

    async def remember(self, key: ThrottleKey, until: datetime) -> None:
        """Remember it."""
        async with self._database.turn:
            self._familiar[key.digest] = until

    async def forget(self, now: datetime, limit: int) -> int:
        """Drop old counts and memories."""
        async with self._database.turn:
            old = [digest for digest, failures in self._failures.items() if failures.forget_time <= now][:limit]
            for digest in old:
                del self._failures[digest]
            over = [digest for digest, until in self._familiar.items() if until <= now][:limit]
            for digest in over:
                del self._familiar[digest]
            return len(old) + len(over)

    @property
    def _familiar(self) -> dict[str, datetime]:
        return self._database.table("familiar_peers")

    @property
    def _failures(self) -> dict[str, Failures]:
        return self._database.table("login_failures")
