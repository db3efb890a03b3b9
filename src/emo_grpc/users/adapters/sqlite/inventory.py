"""The inventory of accounts on SQLite."""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.domain.ids import Identifier, UserId
from emo_grpc.users.adapters.sqlite.records import SESSION_COLUMNS, USER_COLUMNS, session_in, user_in
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User

USERS: Final = f"SELECT {USER_COLUMNS} FROM users WHERE user_id > ? ORDER BY user_id LIMIT ?"  # noqa: S608 - our own column names
SESSIONS: Final = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE session_id > ? ORDER BY session_id LIMIT ?"  # noqa: S608 - as above
BEFORE_ALL: Final = ""


class SqliteAccountInventory:
    """Each page is one statement, so one snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def users(self, after: UserId | None, limit: int) -> list[User | DamagedUser]:
        """The next accounts in order of their ids."""
        return [user_in(row) for row in await self._database.read(_next(USERS, after, limit))]

    async def sessions(self, after: SessionId | None, limit: int) -> list[Session | DamagedSession]:
        """The next sessions in order of their ids."""
        return [session_in(row) for row in await self._database.read(_next(SESSIONS, after, limit))]


def _next(query: str, after: Identifier | None, limit: int) -> Callable[[sqlite3.Connection], list[Any]]:
    values = (BEFORE_ALL if after is None else str(after), limit)
    return lambda connection: connection.execute(query, values).fetchall()
