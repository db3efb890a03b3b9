"""The repository of accounts on SQLite."""

import json
import sqlite3
from datetime import datetime
from typing import Final

from emo_grpc.shared.adapters.document_repository import require_one
from emo_grpc.shared.adapters.schema_versions import DAMAGED, UNREADABLE
from emo_grpc.shared.adapters.sqlite.document_repository import SqliteDocumentRepository
from emo_grpc.shared.adapters.sqlite.statements import Value, only_row
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.upcasters import USER_VERSION
from emo_grpc.users.adapters.documents.user import user_to_document
from emo_grpc.users.adapters.sqlite.schema import CHANGES_END_TIME
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import EmailTaken, UsernameTaken
from emo_grpc.users.domain.user import Role, User

# In this order the username is named first when both are taken.
TAKEN: Final = (
    ("SELECT 1 FROM users WHERE username = :username AND user_id <> :user_id", UsernameTaken),
    ("SELECT 1 FROM users WHERE email_key IN (:email_key, :folded, :other) AND user_id <> :user_id", EmailTaken),
)
INSERT_USER: Final = """
INSERT INTO users (user_id, username, email_key, state, is_admin, create_time, version, schema_version, document)
VALUES (:user_id, :username, :email_key, :state, :is_admin, :create_time, :version + 1, :schema_version, :document)
"""
UPDATE_USER: Final = """
UPDATE users SET username = :username, email_key = :email_key, state = :state, is_admin = :is_admin,
    version = version + 1, schema_version = :schema_version, document = :document
WHERE user_id = :user_id AND version = :version
"""
WITH_ENDED_CHANGES: Final = f"{CHANGES_END_TIME} <= ? LIMIT ?"
NEVER_ACTIVATED: Final = "state = 'pending' AND create_time <= ? LIMIT ?"
COUNT_ADMINS: Final = "SELECT COUNT(*) FROM users WHERE is_admin = 1 AND state = 'active'"


class SqliteUserRepository(SqliteDocumentRepository[UserId, User, DamagedUser]):
    """Looks names up before it writes, to say which one is taken."""

    async def get_by_username(self, username: str) -> User:
        """As `get`."""
        found = await self._select(self._table.select("username = ?"), username, damage=UNREADABLE)
        return self._kind.whole(found[0] if found else None)

    async def find_by_email(self, email: str) -> User | DamagedUser | None:
        """As `find`."""
        sql = self._table.select("email_key IN (?, ?, ?)")
        found = await self._select(sql, *email_keys(email), damage=DAMAGED)
        return found[0] if found else None

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it; foreign keys take its sessions and links along."""
        await self._delete(user)

    async def count_active_admins(self) -> int:
        """How many there are."""
        (count,) = await self._transaction.run(only_row(COUNT_ADMINS))
        return int(count)

    async def with_ended_changes(self, now: datetime, limit: int) -> list[User]:
        """Some whose changes of address are over."""
        sql = self._table.select(WITH_ENDED_CHANGES)
        found = await self._select(sql, time_text(now), limit, damage=UNREADABLE)
        return [user for user in found if isinstance(user, User)]

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that are old."""
        sql = self._table.select(NEVER_ACTIVATED)
        found = await self._select(sql, time_text(before), limit, damage=UNREADABLE)
        return [user for user in found if isinstance(user, User)]

    def _insert_row(self, connection: sqlite3.Connection, aggregate: User) -> None:
        _write(connection, INSERT_USER, aggregate)

    def _update_row(self, connection: sqlite3.Connection, aggregate: User) -> None:
        _write(connection, UPDATE_USER, aggregate)


def _write(connection: sqlite3.Connection, statement: str, user: User) -> None:
    values = _values(user)
    for query, error in TAKEN:
        if connection.execute(query, values).fetchone():
            raise error
    require_one(connection.execute(statement, values).rowcount)


def _values(user: User) -> dict[str, Value]:
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
        "document": json.dumps(user_to_document(user)),
    }
