"""The inventory of accounts on SQLite."""

import json
import sqlite3
from typing import Final

from emo_grpc.shared.adapters.schema_versions import Raw
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.domain.ids import Identifier, UserId
from emo_grpc.users.adapters.documents.codec import session_of, user_of
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User

USERS: Final = "SELECT document, version FROM users WHERE user_id > ? ORDER BY user_id LIMIT ?"
SESSIONS: Final = "SELECT document, version FROM sessions WHERE session_id > ? ORDER BY session_id LIMIT ?"
BEFORE_ALL: Final = ""


class SqliteAccountInventory:
    """Each page is one statement, so one snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def users(self, after: UserId | None, limit: int) -> list[User]:
        """The next accounts in order of their ids."""
        return [user_of(raw, version) for raw, version in await self._next(USERS, after, limit)]

    async def sessions(self, after: SessionId | None, limit: int) -> list[Session]:
        """The next sessions in order of their ids."""
        return [session_of(raw, version) for raw, version in await self._next(SESSIONS, after, limit)]

    async def _next(self, query: str, after: Identifier | None, limit: int) -> list[tuple[Raw, int]]:
        values = (BEFORE_ALL if after is None else str(after), limit)

        def read(connection: sqlite3.Connection) -> list[tuple[str, int]]:
            return connection.execute(query, values).fetchall()

        return [(json.loads(document), version) for document, version in await self._database.read(read)]
