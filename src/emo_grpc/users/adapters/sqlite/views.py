"""What is read outside of units of work, on SQLite's readers."""

import sqlite3
from typing import Final

from emo_grpc.shared.adapters.schema_versions import DAMAGED, UNREADABLE
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.document_table import count_outdated
from emo_grpc.shared.adapters.sqlite.pages import latest, latest_sql
from emo_grpc.shared.adapters.sqlite.statements import all_rows, first_row
from emo_grpc.shared.adapters.times import readable_time, time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page
from emo_grpc.users.adapters.documents.projections import credentials, live_session, session_view, user_view
from emo_grpc.users.adapters.sqlite.identities import OF_USER as IDENTITIES_OF_USER
from emo_grpc.users.adapters.sqlite.identities import USER_OF as USER_OF_IDENTITY
from emo_grpc.users.adapters.sqlite.tables import SESSIONS, USERS
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import SessionRecordCorrupt
from emo_grpc.users.domain.external_identity import ExternalIdentity, LinkedIdentity
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import SessionView, UserView

USER_BY_ID: Final = USERS.select("user_id = ?")
USER_BY_USERNAME: Final = USERS.select("username = ?")
USER_BY_EMAIL: Final = USERS.select("email_key IN (?, ?, ?)")
USER_ID_BY_EMAIL: Final = "SELECT user_id FROM users WHERE email_key IN (?, ?, ?)"
USER_PAGE: Final = latest_sql(USERS)
SESSION_PAGE: Final = latest_sql(SESSIONS, "user_id = ? AND expire_time > ?")
LIVE_SESSION: Final = """
SELECT users.user_id, users.state = 'active', users.is_admin = 1, sessions.expire_time
FROM sessions JOIN users ON users.user_id = sessions.user_id WHERE sessions.session_id = ?
"""


class SqliteUserViews:
    """Each call is one statement on a snapshot."""

    def __init__(self, database: SqliteDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def user(self, user_id: UserId) -> UserView:
        """One account."""
        user = await self._user(USER_BY_ID, str(user_id))
        return user_view(USERS.kind.whole(user))

    async def identities(self, user_id: UserId) -> list[LinkedIdentity]:
        """Who else may use an account."""
        rows = await self._database.read(all_rows(IDENTITIES_OF_USER, str(user_id)))
        return [LinkedIdentity(ExternalIdentity(issuer, name), readable_time(time)) for issuer, name, time in rows]

    async def users(self, *, limit: int, after: Cursor | None = None) -> Page[UserView]:
        """All accounts."""
        return await latest(self._database, USERS, user_view, USER_PAGE, limit=limit, after=after)

    async def sessions(self, user_id: UserId, *, limit: int, after: Cursor | None = None) -> Page[SessionView]:
        """The live sessions of a user."""
        values = (str(user_id), time_text(self._clock()))
        return await latest(self._database, SESSIONS, session_view, SESSION_PAGE, *values, limit=limit, after=after)

    async def credentials_by_username(self, username: str) -> Credentials | None:
        """By username, or None."""
        return await self._credentials(USER_BY_USERNAME, username)

    async def credentials_by_email(self, email: str) -> Credentials | None:
        """By mailbox, or None."""
        return await self._credentials(USER_BY_EMAIL, *email_keys(email))

    async def user_id_by_email(self, email: str) -> UserId | None:
        """By mailbox, or None."""
        row = await self._database.look_up(first_row(USER_ID_BY_EMAIL, *email_keys(email)))
        return USERS.kind.id_from(row[0]) if row else None

    async def credentials(self, user_id: UserId) -> Credentials | None:
        """By id, or None."""
        return await self._credentials(USER_BY_ID, str(user_id))

    async def user_id_by_identity(self, identity: ExternalIdentity) -> UserId | None:
        """By what an issuer calls somebody, or None."""
        row = await self._database.look_up(first_row(USER_OF_IDENTITY, identity.issuer, identity.external_id))
        return USERS.kind.id_from(row[0]) if row else None

    async def live_session(self, session_id: SessionId) -> LiveSession | None:
        """The session with the standing of its user."""
        row = await self._database.look_up(first_row(LIVE_SESSION, str(session_id)))
        if row is None:
            return None
        try:
            return live_session(*row)
        except DAMAGED:
            raise SessionRecordCorrupt(session_id) from None

    async def outdated(self) -> int:
        """The length of two indexes."""
        return await count_outdated(self._database, USERS, SESSIONS)

    async def _credentials(self, query: str, *keys: str) -> Credentials | None:
        user = await self._user(query, *keys)
        return credentials(user) if user else None

    async def _user(self, query: str, *keys: str) -> User | None:
        def read(connection: sqlite3.Connection) -> User | None:
            row = connection.execute(query, keys).fetchone()
            return USERS.kind.whole(USERS.read(connection, row, damage=UNREADABLE)) if row else None

        return await self._database.look_up(read)
