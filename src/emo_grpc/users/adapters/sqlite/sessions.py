"""Sessions on SQLite."""

import json
from datetime import datetime
from functools import partial
from typing import Final

from emo_grpc.shared.adapters.schema_versions import Upcasters, from_outdated
from emo_grpc.shared.adapters.sqlite.database import SqliteTransaction
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import SESSION_VERSION, session_document, time_text
from emo_grpc.users.adapters.documents.readable import whole_session
from emo_grpc.users.adapters.sqlite.records import SESSION_COLUMNS, SessionRow, session_in
from emo_grpc.users.adapters.sqlite.rows import Values, change_one
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session

BY_ID: Final = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE session_id = ?"  # noqa: S608 - our own column names
INSERT_SESSION: Final = """
INSERT INTO sessions (session_id, user_id, create_time, expire_time, version, schema_version, document)
VALUES (:session_id, :user_id, :create_time, :expire_time, :version + 1, :schema_version, :document)
"""
UPDATE_SESSION: Final = """
UPDATE sessions SET expire_time = :expire_time, version = version + 1, schema_version = :schema_version,
    document = :document
WHERE session_id = :session_id AND version = :version
"""
EXPIRED: Final = "session_id IN (SELECT session_id FROM sessions WHERE expire_time <= ? LIMIT ?)"
OUTDATED: Final = f"SELECT {SESSION_COLUMNS} {from_outdated('sessions', SESSION_VERSION)} LIMIT ?"


class SqliteSessionRepository:
    """Rows that go when they end."""

    def __init__(self, transaction: SqliteTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._track = track
        self._upcasters = upcasters

    async def find(self, session_id: SessionId) -> Session | None:
        """The session, or None."""
        rows = await self._rows(BY_ID, str(session_id))
        return whole_session(partial(session_in, rows[0], self._upcasters), str(session_id)) if rows else None

    async def find_any(self, session_id: SessionId) -> Session | DamagedSession | None:
        """As `find`, also when its record is damaged."""
        rows = await self._rows(BY_ID, str(session_id))
        return session_in(rows[0], self._upcasters) if rows else None

    async def add(self, session: Session) -> None:
        """Store a new one."""
        await self._store(INSERT_SESSION, session)

    async def save(self, session: Session) -> None:
        """Store its changes."""
        await self._store(UPDATE_SESSION, session)

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        await self._delete("session_id = ?", str(session_id))

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one."""
        return await self._delete("user_id = ? AND session_id IS NOT ?", str(user_id), str(but) if but else None)

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired."""
        return await self._delete(EXPIRED, time_text(now), limit)

    async def outdated(self, limit: int) -> list[Session | DamagedSession]:
        """Some that are stored as another release does."""
        return [session_in(row, self._upcasters) for row in await self._rows(OUTDATED, limit)]

    async def _rows(self, query: str, value: str | int) -> list[SessionRow]:
        rows: list[SessionRow] = await self._transaction.run(
            lambda connection: connection.execute(query, (value,)).fetchall()
        )
        return rows

    async def _store(self, statement: str, session: Session) -> None:
        await change_one(self._transaction, statement, _session_values(session))
        session.version += 1
        self._track(session)

    async def _delete(self, condition: str, *values: str | int | None) -> int:
        return await self._transaction.run(
            lambda connection: (
                connection.execute(
                    f"DELETE FROM sessions WHERE {condition}",  # noqa: S608 - the conditions above, no value
                    values,
                ).rowcount
            )
        )


def _session_values(session: Session) -> Values:
    return {
        "session_id": str(session.session_id),
        "user_id": str(session.user_id),
        "create_time": time_text(session.create_time),
        "expire_time": time_text(session.expire_time),
        "version": session.version,
        "schema_version": SESSION_VERSION,
        "document": json.dumps(session_document(session)),
    }
