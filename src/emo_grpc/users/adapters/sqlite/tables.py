"""The tables of documents of this context, on SQLite."""

import sqlite3
from typing import Final

from emo_grpc.shared.adapters.sqlite.document_table import DocumentTable, Row
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.session import SESSION
from emo_grpc.users.adapters.documents.user import USER
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


def _damaged_user(_connection: sqlite3.Connection, row: Row) -> DamagedUser:
    user_id, version, is_active_admin, _ = row
    return DamagedUser(version=version, user_id=USER.id_from(user_id), is_active_admin=bool(is_active_admin))


def _damaged_session(_connection: sqlite3.Connection, row: Row) -> DamagedSession:
    session_id, version, user_id, _ = row
    return DamagedSession(version=version, session_id=SESSION.id_from(session_id), user_id=USER.id_from(user_id))


USERS: Final[DocumentTable[UserId, User, DamagedUser]] = DocumentTable(
    USER, str, "is_admin AND state = 'active'", _damaged_user
)
SESSIONS: Final[DocumentTable[SessionId, Session, DamagedSession]] = DocumentTable(
    SESSION, str, "user_id", _damaged_session
)
