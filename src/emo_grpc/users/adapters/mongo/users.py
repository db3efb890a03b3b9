"""Accounts on MongoDB."""

from datetime import datetime
from functools import partial

from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import time_text, user_document
from emo_grpc.users.adapters.documents.readable import readable, whole_user
from emo_grpc.users.adapters.mongo.records import user_in
from emo_grpc.users.adapters.mongo.rows import require_one, standing, translated_unique
from emo_grpc.users.adapters.mongo.schema import (
    ADMIN,
    ADMIN_COUNTS,
    NEVER_ACTIVATED,
    OUTDATED_USERS,
    SESSIONS,
    USERS,
)
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.errors import EmailTaken, UsernameTaken, UserNotFound
from emo_grpc.users.domain.user import Role, User, UserState


class MongoUserRepository:
    """Looks names up before it writes, for a unique index that refuses one ends the whole transaction."""

    def __init__(self, transaction: MongoTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._users = transaction.collection(USERS)
        self._track = track
        self._upcasters = upcasters

    async def get(self, user_id: UserId) -> User:
        """The account; raises UserNotFound."""
        return await self._get({"_id": str(user_id)})

    async def get_by_username(self, username: str) -> User:
        """The account; raises UserNotFound."""
        return await self._get({"username": username})

    async def find(self, user_id: UserId) -> User | DamagedUser:
        """As `get`, also when its record is damaged."""
        return user_in(await self._row({"_id": str(user_id)}), self._upcasters)

    async def add(self, user: User) -> None:
        """Store a new one."""
        row = _row(user)
        await self._check_free(row, user)
        with translated_unique():
            await self._users.insert_one(row, session=self._transaction.session)
        self._stored(user)

    async def save(self, user: User) -> None:
        """Store its changes, and its standing with its sessions."""
        row = _row(user)
        await self._check_free(row, user)
        session, sessions = self._transaction.session, self._transaction.collection(SESSIONS)
        with translated_unique():
            result = await self._users.replace_one(_as_read(user), row, session=session)
            require_one(result.matched_count)
            await sessions.update_many({"user_id": row["_id"]}, {"$set": standing(row)}, session=session)
        self._stored(user)

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it and its sessions."""
        session, sessions = self._transaction.session, self._transaction.collection(SESSIONS)
        with translated():
            removed = await self._users.delete_one(_as_read(user), session=session)
            require_one(removed.deleted_count)
            await sessions.delete_many({"user_id": str(user.user_id)}, session=session)
        self._track(user)

    async def count_active_admins(self) -> int:
        """How many there are. Whoever counts writes down that it did, which two units can't at once."""
        session, counts = self._transaction.session, self._transaction.collection(ADMIN_COUNTS)
        with translated_unique():
            await counts.update_one({"_id": "active"}, {"$inc": {"count": 1}}, upsert=True, session=session)
            return await self._users.count_documents(ADMIN | {"state": str(UserState.ACTIVE)}, session=session)

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that are old."""
        rows = await self._rows(NEVER_ACTIVATED | {"create_time": {"$lte": time_text(before)}}, limit)
        return list(readable(partial(user_in, row, self._upcasters) for row in rows))

    async def outdated(self, limit: int) -> list[User | DamagedUser]:
        """Some that are stored as another release does."""
        return [user_in(row, self._upcasters) for row in await self._rows(OUTDATED_USERS, limit)]

    async def _rows(self, which: Document, limit: int) -> list[Document]:
        with translated():
            return await up_to(limit, self._users.find(which, session=self._transaction.session))

    async def _get(self, which: Document) -> User:
        row = await self._row(which)
        return whole_user(partial(user_in, row, self._upcasters), row["_id"])

    async def _row(self, which: Document) -> Document:
        with translated():
            row = await self._users.find_one(which, session=self._transaction.session)
        if row is None:
            raise UserNotFound
        return row

    async def _check_free(self, row: Document, user: User) -> None:
        same_mailbox = {"email_key": {"$in": list(user.email_keys)}}
        taken = {"$or": [{"username": row["username"]}, same_mailbox], "_id": {"$ne": row["_id"]}}
        with translated():
            others = await self._users.find(taken, {"username": True}, session=self._transaction.session).to_list()
        if any(other["username"] == row["username"] for other in others):
            raise UsernameTaken
        if others:
            raise EmailTaken

    def _stored(self, user: User) -> None:
        user.version += 1
        self._track(user)


def _as_read(user: User | DamagedUser) -> Document:
    if isinstance(user, DamagedUser):  # its version may be damaged as well
        return {"_id": str(user.user_id)}
    return {"_id": str(user.user_id), "version": user.version}


def _row(user: User) -> Document:
    return {
        "_id": str(user.user_id),
        "username": user.username,
        "email_key": user.email_key,
        "state": str(user.state),
        "is_admin": Role.ADMIN in user.roles,
        "create_time": time_text(user.create_time),
        "version": user.version + 1,
        "document": user_document(user),
    }
