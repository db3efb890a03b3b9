"""The repository of accounts on MongoDB."""

from datetime import datetime

from emo_grpc.shared.adapters.mongo.document_repository import MongoDocumentRepository
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique
from emo_grpc.shared.adapters.schema_versions import DAMAGED, UNREADABLE
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.user import user_to_document
from emo_grpc.users.adapters.mongo.schema import (
    ADMIN,
    ADMIN_COUNTS,
    CHANGES_END_TIME,
    IDENTITIES,
    NEVER_ACTIVATED,
    SESSIONS,
    standing,
)
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import EmailTaken, UsernameTaken
from emo_grpc.users.domain.user import Role, User, UserState


class MongoUserRepository(MongoDocumentRepository[UserId, User, DamagedUser]):
    """Looks names up before it writes, for a unique index that refuses one ends the whole transaction."""

    async def get_by_username(self, username: str) -> User:
        """As `get`."""
        found = await self._select({"username": username}, 1, damage=UNREADABLE)
        return self._kind.whole(found[0] if found else None)

    async def find_by_email(self, email: str) -> User | DamagedUser | None:
        """As `find`."""
        found = await self._select({"email_key": {"$in": list(email_keys(email))}}, 1, damage=DAMAGED)
        return found[0] if found else None

    async def remove(self, user: User | DamagedUser) -> None:
        """Drop it, its sessions and its links."""
        await self._delete(user)
        with translated():
            for name in (SESSIONS, IDENTITIES):
                theirs = self._transaction.collection(name)
                await theirs.delete_many({"user_id": str(user.user_id)}, session=self._transaction.session)

    async def count_active_admins(self) -> int:
        """How many there are. Each count is also written, which two units can't do at once."""
        session, counts = self._transaction.session, self._transaction.collection(ADMIN_COUNTS)
        with translated_unique():
            await counts.update_one({"_id": "active"}, {"$inc": {"count": 1}}, upsert=True, session=session)
            return await self._records.count_documents(ADMIN | {"state": str(UserState.ACTIVE)}, session=session)

    async def with_ended_changes(self, now: datetime, limit: int) -> list[User]:
        """Some whose changes of address are over."""
        ended = {CHANGES_END_TIME: {"$type": "string", "$lte": time_text(now)}}
        found = await self._select(ended, limit, damage=UNREADABLE)
        return [user for user in found if isinstance(user, User)]

    async def never_activated(self, before: datetime, limit: int) -> list[User]:
        """Some PENDING accounts that are old."""
        old = NEVER_ACTIVATED | {"create_time": {"$lte": time_text(before)}}
        found = await self._select(old, limit, damage=UNREADABLE)
        return [user for user in found if isinstance(user, User)]

    async def _insert(self, aggregate: User) -> None:
        await self._check_free(aggregate)
        await self._add_record(_record(aggregate))

    async def _update(self, aggregate: User) -> None:
        """Store its standing with its sessions, too."""
        await self._check_free(aggregate)
        record = _record(aggregate)
        await self._replace_record(aggregate, record)
        with translated():
            await self._transaction.collection(SESSIONS).update_many(
                {"user_id": record["_id"]}, {"$set": standing(record)}, session=self._transaction.session
            )

    async def _check_free(self, user: User) -> None:
        same_mailbox = {"email_key": {"$in": list(user.email_keys)}}
        taken = {"$or": [{"username": user.username}, same_mailbox], "_id": {"$ne": str(user.user_id)}}
        with translated():
            others = await self._records.find(taken, {"username": True}, session=self._transaction.session).to_list()
        if any(other["username"] == user.username for other in others):
            raise UsernameTaken
        if others:
            raise EmailTaken


def _record(user: User) -> Document:
    return {
        "_id": str(user.user_id),
        "username": user.username,
        "email_key": user.email_key,
        "state": str(user.state),
        "is_admin": Role.ADMIN in user.roles,
        "create_time": time_text(user.create_time),
        "version": user.version + 1,
        "document": user_to_document(user),
    }
