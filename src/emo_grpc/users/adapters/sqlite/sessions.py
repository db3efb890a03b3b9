"""The repository of sessions on SQLite."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from emo_grpc.shared.adapters.document_repository import require_one
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.adapters.sqlite.document_repository import SqliteDocumentRepository
from emo_grpc.shared.adapters.sqlite.statements import Value
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.users.adapters.documents.session import session_to_document
from emo_grpc.users.adapters.documents.upcasters import SESSION_VERSION
from emo_grpc.users.adapters.sqlite.schema import ACTOR
from emo_grpc.users.adapters.sqlite.tables import SESSIONS
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session

INSERT_SESSION: Final = """
INSERT INTO sessions (session_id, user_id, create_time, expire_time, version, schema_version, document)
VALUES (:session_id, :user_id, :create_time, :expire_time, :version + 1, :schema_version, :document)
"""
UPDATE_SESSION: Final = """
UPDATE sessions SET expire_time = :expire_time, version = version + 1, schema_version = :schema_version,
    document = :document
WHERE session_id = :session_id AND version = :version
"""
DELETE_OF_USER: Final = "DELETE FROM sessions WHERE user_id = ? AND session_id IS NOT ?"
DELETE_EXPIRED: Final = """
DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE expire_time <= ? LIMIT ?)
"""

OF_ACTOR: Final = SESSIONS.select(f"{ACTOR} = ? AND user_id = ?")
ALL_OF_ACTOR: Final = SESSIONS.select(f"{ACTOR} = ? LIMIT ?")


class SqliteSessionRepository(SqliteDocumentRepository[SessionId, Session, DamagedSession]):
    """Rows that go when they end."""

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        await self._execute("DELETE FROM sessions WHERE session_id = ?", str(session_id))

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one."""
        return await self._execute(DELETE_OF_USER, str(user_id), str(but) if but else None)

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired."""
        return await self._execute(DELETE_EXPIRED, time_text(now), limit)

    async def of_actor(self, user_id: UserId, actor_id: ActorId) -> Session | DamagedSession | None:
        """The one in which a service acts for a user, or None."""
        found = await self._select(OF_ACTOR, str(actor_id), str(user_id), damage=UNREADABLE)
        return found[0] if found else None

    async def all_of_actor(self, actor_id: ActorId, limit: int) -> Sequence[Session | DamagedSession]:
        """Up to `limit` of those in which a service acts for users."""
        return await self._select(ALL_OF_ACTOR, str(actor_id), limit, damage=UNREADABLE)

    def _insert_row(self, connection: sqlite3.Connection, aggregate: Session) -> None:
        connection.execute(INSERT_SESSION, _values(aggregate))

    def _update_row(self, connection: sqlite3.Connection, aggregate: Session) -> None:
        require_one(connection.execute(UPDATE_SESSION, _values(aggregate)).rowcount)


def _values(session: Session) -> dict[str, Value]:
    return {
        "session_id": str(session.session_id),
        "user_id": str(session.user_id),
        "create_time": time_text(session.create_time),
        "expire_time": time_text(session.expire_time),
        "version": session.version,
        "schema_version": SESSION_VERSION,
        "document": json.dumps(session_to_document(session)),
    }
