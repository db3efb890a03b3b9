"""What can be read, straight from the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import After, Page, Unreadable, after_cursor, page_of
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Actor
from emo_grpc.users.domain.user import Role, UserState


@dataclass(frozen=True, slots=True)
class UserView:
    """An account as it is shown."""

    user_id: UserId
    username: str
    email: str
    public_name: str
    locale: str
    state: UserState
    roles: frozenset[Role]
    create_time: datetime
    update_time: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A login as it is shown, or what a service does for the user: then `actor` is the service."""

    session_id: SessionId
    device_id: str
    create_time: datetime
    last_used_time: datetime
    expire_time: datetime
    actor: Actor | None = None


class UsersReader(Protocol):
    """Reads what was last committed. Lists are latest first, and backed by an index; damage keeps nothing else back."""

    async def user(self, user_id: UserId) -> UserView | None:
        """One account, or None."""
        ...

    async def users(self, *, limit: int, after: After | None) -> list[UserView | Unreadable]:
        """Accounts that follow `after`."""
        ...

    async def sessions(
        self, user_id: UserId, *, now: datetime, limit: int, after: After | None
    ) -> list[SessionView | Unreadable]:
        """Sessions of a user that have not expired and follow `after`."""
        ...

    async def outdated(self) -> int:
        """How many documents wait for `UpgradeDocuments`."""
        ...


class UsersViews:
    """The queries of this context."""

    def __init__(self, reader: UsersReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    async def user(self, user_id: UserId) -> UserView:
        """One account; raises UserNotFound."""
        found = await self._reader.user(user_id)
        if found is None:
            raise UserNotFound
        return found

    async def users(self, *, limit: int, after: Cursor | None = None) -> Page[UserView]:
        """All accounts, latest first; `after` is the cursor of the page before."""
        found = await self._reader.users(limit=limit + 1, after=after_cursor(after))
        return page_of(found, limit, lambda user: (user.create_time, user.user_id.value))

    async def sessions(self, user_id: UserId, *, limit: int, after: Cursor | None = None) -> Page[SessionView]:
        """The live sessions of a user, latest first; `after` is the cursor of the page before."""
        found = await self._reader.sessions(user_id, now=self._clock(), limit=limit + 1, after=after_cursor(after))
        return page_of(found, limit, lambda session: (session.create_time, session.session_id.value))

    async def outdated(self) -> int:
        """How many documents wait for `UpgradeDocuments`."""
        return await self._reader.outdated()
