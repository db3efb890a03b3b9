"""What is read outside of units of work, on SQLite's readers."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from emo_grpc.shared.adapters.schema_versions import from_outdated
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import (
    DAMAGED,
    SESSION_VERSION,
    USER_VERSION,
    session_of,
    time_text,
    user_of,
)
from emo_grpc.users.adapters.documents.projections import credentials, live_session, session_view, shown, user_view
from emo_grpc.users.adapters.documents.readable import whole_user
from emo_grpc.users.adapters.sqlite.records import USER_COLUMNS, user_in
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import SessionRecordCorrupt
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import After, SessionView, Unreadable, UserView

USER_BY_ID: Final = f"SELECT {USER_COLUMNS} FROM users WHERE user_id = ?"  # noqa: S608 - our own column names
USER_BY_USERNAME: Final = f"SELECT {USER_COLUMNS} FROM users WHERE username = ?"  # noqa: S608 - as above
USER_BY_EMAIL: Final = f"SELECT {USER_COLUMNS} FROM users WHERE email_key IN (?, ?, ?)"  # noqa: S608 - as above
USERS: Final = """
SELECT CAST(document AS BLOB), version, create_time, user_id FROM users WHERE (create_time, user_id) < (?, ?)
ORDER BY create_time DESC, user_id DESC LIMIT ?
"""
SESSIONS: Final = """
SELECT CAST(document AS BLOB), version, create_time, session_id FROM sessions
WHERE user_id = ? AND (create_time, session_id) < (?, ?) AND expire_time > ?
ORDER BY create_time DESC, session_id DESC LIMIT ?
"""
LIVE_SESSION: Final = """
SELECT users.user_id, users.state = 'active', users.is_admin = 1, sessions.expire_time
FROM sessions JOIN users ON users.user_id = sessions.user_id WHERE sessions.session_id = ?
"""
OUTDATED: Final = (
    f"SELECT COUNT(*) {from_outdated('users', USER_VERSION)}",
    f"SELECT COUNT(*) {from_outdated('sessions', SESSION_VERSION)}",
)
BEFORE_ALL: Final = ("9999", "")
"""Sorts after every time there is, so a descending list begins with the latest."""

Row = tuple[bytes, int, str, str]


class SqliteUsersReader:
    """Each call is one statement on a snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def user(self, user_id: UserId) -> UserView | None:
        """One account, or None."""
        user = await self._user(USER_BY_ID, str(user_id))
        return user_view(user) if user else None

    async def users(self, *, limit: int, after: After | None) -> list[UserView | Unreadable]:
        """Accounts that follow `after`."""
        rows = await self._database.read(_all(USERS, *_key(after), limit))
        return [shown(partial(_user_in, *row[:2]), *row[2:]) for row in rows]

    async def sessions(
        self, user_id: UserId, *, now: datetime, limit: int, after: After | None
    ) -> list[SessionView | Unreadable]:
        """Live sessions of a user that follow `after`."""
        rows = await self._database.read(_all(SESSIONS, str(user_id), *_key(after), time_text(now), limit))
        return [shown(partial(_session_in, *row[:2]), *row[2:]) for row in rows]

    async def credentials_by_username(self, username: str) -> Credentials | None:
        """By username, or None."""
        return await self._credentials(USER_BY_USERNAME, username)

    async def credentials_by_email(self, email: str) -> Credentials | None:
        """By mailbox, or None."""
        return await self._credentials(USER_BY_EMAIL, *email_keys(email))

    async def credentials(self, user_id: UserId) -> Credentials | None:
        """By id, or None."""
        return await self._credentials(USER_BY_ID, str(user_id))

    async def live_session(self, session_id: SessionId) -> LiveSession | None:
        """The session with the standing of its user."""
        key = (str(session_id),)
        row = await self._database.look_up(lambda connection: connection.execute(LIVE_SESSION, key).fetchone())
        if row is None:
            return None
        try:
            return live_session(*row)
        except DAMAGED:
            raise SessionRecordCorrupt(session_id) from None

    async def outdated(self) -> int:
        """The length of two indexes."""

        def count(connection: sqlite3.Connection) -> int:
            return sum(connection.execute(query).fetchone()[0] for query in OUTDATED)

        return await self._database.read(count)

    async def _credentials(self, query: str, *keys: str) -> Credentials | None:
        user = await self._user(query, *keys)
        return credentials(user) if user else None

    async def _user(self, query: str, *keys: str) -> User | None:
        row = await self._database.look_up(lambda connection: connection.execute(query, keys).fetchone())
        return whole_user(partial(user_in, row), row[0]) if row else None


def _user_in(document: bytes, version: int) -> UserView:
    return user_view(user_of(json.loads(document), version))


def _session_in(document: bytes, version: int) -> SessionView:
    return session_view(session_of(json.loads(document), version))


def _all(query: str, *values: str | int) -> Callable[[sqlite3.Connection], list[Row]]:
    return lambda connection: connection.execute(query, values).fetchall()


def _key(after: After | None) -> tuple[str, str]:
    return (time_text(after[0]), str(after[1])) if after else BEFORE_ALL
