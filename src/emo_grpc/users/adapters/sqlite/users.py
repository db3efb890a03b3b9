"""Accounts on SQLite."""

import json
import sqlite3
from datetime import datetime
from functools import partial
from typing import Final

from emo_grpc.shared.adapters.schema_versions import Upcasters, from_outdated
from emo_grpc.shared.adapters.sqlite.database import SqliteTransaction
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import USER_VERSION, time_text, user_document
from emo_grpc.users.adapters.documents.readable import readable, whole_user
from emo_grpc.users.adapters.sqlite.records import USER_COLUMNS, UserRow, user_in
from emo_grpc.users.adapters.sqlite.rows import Values, change_one
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.errors import EmailTaken, UsernameTaken, UserNotFound
from emo_grpc.users.domain.user import Role, User

# In this order the username is named first when both are taken.
TAKEN: Final = (
    ("SELECT 1 FROM users WHERE username = :username AND user_id <> :user_id", UsernameTaken),
    ("SELECT 1 FROM users WHERE email_key IN (:email_key, :folded, :other) AND user_id <> :user_id", EmailTaken),
)
BY_ID: Final = f"SELECT {USER_COLUMNS} FROM users WHERE user_id = ?"  # noqa: S608 - our own column names
BY_USERNAME: Final = f"SELECT {USER_COLUMNS} FROM users WHERE username = ?"  # noqa: S608 - as above
INSERT_USER: Final = """
INSERT INTO users (user_id, username, email_key, state, is_admin, create_time, version, schema_version, document)
VALUES (:user_id, :username, :email_key, :state, :is_admin, :create_time, :version + 1, :schema_version, :document)
"""
UPDATE_USER: Final = """
UPDATE users SET username = :username, email_key = :email_key, state = :state, is_admin = :is_admin,
    version = version + 1, schema_version = :schema_version, document = :document
WHERE user_id = :user_id AND version = :version
"""
NEVER_ACTIVATED: Final = f"""
SELECT {USER_COLUMNS} FROM users WHERE state = 'pending' AND create_time <= ? LIMIT ?
"""  # noqa: S608 - our own column names
OUTDATED: Final = f"SELECT {USER_COLUMNS} {from_outdated('users', USER_VERSION)} LIMIT ?"
COUNT_ADMINS: Final = "SELECT COUNT(*) FROM users WHERE is_admin = 1 AND state = 'active'"


class SqliteUserRepository:
    """Nobody else writes during the transaction, so what is looked up first holds until the commit."""

    def __init__(self, transaction: SqliteTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._track = track
        self._upcasters = upcasters

    async def get(self, user_id: UserId) -> User:
        """The account; raises UserNotFound."""
        return await self._get(BY_ID, str(user_id))

    async def get_by_username(self, username: str) -> User:
        """The account; raises UserNotFound."""
        return await self._get(BY_USERNAME, username)

    async def find(self, user_id: UserId) -> User | DamagedUser:
        """As `get`, also when its record is damaged."""
        return user_in(await self._row(BY_ID, str(user_id)), self._upcasters)

    async def add(self, user: User) -> None:
        """Store a new one."""
        await self._store(INSERT_USER, user)

    async def save(self, user: User) -> None:
        """Store its changes."""
        await self._store(UPDATE_USER, user)

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it; the foreign key takes its sessions along."""
        as_read: Values = {"user_id": str(user.user_id), "version": user.version}
        await change_one(
            self._transaction, "DELETE FROM users WHERE user_id = :user_id AND version = :version", as_read
        )
        self._track(user)

    async def count_active_admins(self) -> int:
        """How many there are."""
        row: tuple[int] = await self._transaction.run(lambda connection: connection.execute(COUNT_ADMINS).fetchone())
        return row[0]

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that are old."""
        rows = await self._rows(NEVER_ACTIVATED, time_text(before), limit)
        return list(readable(partial(user_in, row, self._upcasters) for row in rows))

    async def outdated(self, limit: int) -> list[User | DamagedUser]:
        """Some that are stored as another release does."""
        return [user_in(row, self._upcasters) for row in await self._rows(OUTDATED, limit)]

    async def _rows(self, query: str, *values: str | int) -> list[UserRow]:
        rows: list[UserRow] = await self._transaction.run(
            lambda connection: connection.execute(query, values).fetchall()
        )
        return rows

    async def _get(self, query: str, key: str) -> User:
        row = await self._row(query, key)
        return whole_user(partial(user_in, row, self._upcasters), row[0])

    async def _row(self, query: str, key: str) -> UserRow:
        rows = await self._rows(query, key)
        if not rows:
            raise UserNotFound
        return rows[0]

    async def _store(self, statement: str, user: User) -> None:
        values = _user_values(user)

        def check_free(connection: sqlite3.Connection) -> None:
            for query, error in TAKEN:
                if connection.execute(query, values).fetchone():
                    raise error

        await self._transaction.run(check_free)
        await change_one(self._transaction, statement, values)
        user.version += 1
        self._track(user)


def _user_values(user: User) -> Values:
    _, folded, other = user.email_keys
    return {
        "user_id": str(user.user_id),
        "username": user.username,
        "email_key": user.email_key,
        "folded": folded,
        "other": other,
        "state": str(user.state),
        "is_admin": int(Role.ADMIN in user.roles),
        "create_time": time_text(user.create_time),
        "version": user.version,
        "schema_version": USER_VERSION,
        "document": json.dumps(user_document(user)),
    }
