"""Accounts and sessions that can be read, and the errors of those that can't."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from uuid import UUID

from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.errors import SessionRecordCorrupt, UserRecordCorrupt
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


def readable(users: Iterable[Callable[[], User | DamagedUser]]) -> Iterator[User]:
    """Those that can be read; what is damaged keeps no other from what is done to them."""
    for read in users:
        with suppress(UnknownSchemaVersion):
            if isinstance(user := read(), User):
                yield user


def whole_user(read: Callable[[], User | DamagedUser], user_id: str) -> User:
    """What is read; raises UserRecordCorrupt, also for a document of a later release."""
    with suppress(UnknownSchemaVersion):
        if isinstance(user := read(), User):
            return user
    raise UserRecordCorrupt(UserId(UUID(user_id)))


def whole_session(read: Callable[[], Session | DamagedSession], session_id: str) -> Session:
    """As `whole_user`; raises SessionRecordCorrupt."""
    with suppress(UnknownSchemaVersion):
        if isinstance(session := read(), Session):
            return session
    raise SessionRecordCorrupt(SessionId(UUID(session_id)))
