"""Stored rows as accounts and sessions, or what is left of a damaged one, on SQLite."""

import json
from typing import Final
from uuid import UUID

from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import DAMAGED, UPCASTERS, session_of, user_of
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User

# As text, a document with bytes that are no UTF-8 could be taken for another one.
USER_COLUMNS: Final = "user_id, version, is_admin AND state = 'active', CAST(document AS BLOB)"
SESSION_COLUMNS: Final = "session_id, version, user_id, CAST(document AS BLOB)"

UserRow = tuple[str, int, int, bytes]
SessionRow = tuple[str, int, str, bytes]


def user_in(row: UserRow, upcasters: Upcasters = UPCASTERS.users) -> User | DamagedUser:
    """The account of a row; raises UnknownSchemaVersion."""
    user_id, version, is_active_admin, document = row
    try:
        return user_of(json.loads(document), version, upcasters)
    except DAMAGED:
        return DamagedUser(version=version, user_id=UserId(UUID(user_id)), is_active_admin=bool(is_active_admin))


def session_in(row: SessionRow, upcasters: Upcasters = UPCASTERS.sessions) -> Session | DamagedSession:
    """The session of a row; raises UnknownSchemaVersion."""
    session_id, version, user_id, document = row
    try:
        return session_of(json.loads(document), version, upcasters)
    except DAMAGED:
        return DamagedSession(version=version, session_id=SessionId(UUID(session_id)), user_id=UserId(UUID(user_id)))
