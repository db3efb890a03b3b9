"""What can be read, straight from the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page
from emo_grpc.users.domain.external_identity import LinkedIdentity
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


class UserViews(Protocol):
    """The port of the queries. Each reads what was last committed. Lists are latest first, and backed by an index.

    Lists name damaged records and go on; `after` is the cursor of the page before.
    """

    async def user(self, user_id: UserId) -> UserView:
        """One account; raises UserNotFound or UserRecordCorrupt."""
        ...

    async def identities(self, user_id: UserId) -> list[LinkedIdentity]:
        """Who else may use an account, in order; of a damaged record the time is that of 1970."""
        ...

    async def users(self, *, limit: int, after: Cursor | None = None) -> Page[UserView]:
        """All accounts."""
        ...

    async def sessions(self, user_id: UserId, *, limit: int, after: Cursor | None = None) -> Page[SessionView]:
        """The sessions of a user that have not expired."""
        ...

    async def outdated(self) -> int:
        """How many documents wait for `UpgradeDocuments`."""
        ...
