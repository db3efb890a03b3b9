"""The repository of sessions on MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from emo_grpc.shared.adapters.document_repository import require_one
from emo_grpc.shared.adapters.mongo.document_repository import MongoDocumentRepository
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.users.adapters.documents.session import session_to_document
from emo_grpc.users.adapters.mongo.schema import USERS, standing
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session

STANDING_OF: Final = {"state": True, "is_admin": True}


class MongoSessionRepository(MongoDocumentRepository[SessionId, Session, DamagedSession]):
    """Documents that go when they end."""

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        await self._delete_many({"_id": str(session_id)})

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one."""
        of_user: Document = {"user_id": str(user_id)}
        return await self._delete_many(of_user | {"_id": {"$ne": str(but)}} if but else of_user)

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired."""
        return await self._delete_some({"expire_time": {"$lte": time_text(now)}}, limit)

    async def of_actor(self, user_id: UserId, actor_id: ActorId) -> Session | DamagedSession | None:
        """The one in which a service acts for a user, or None."""
        wanted = {"document.actor.actor_id": str(actor_id), "user_id": str(user_id)}
        found = await self._select(wanted, 1, damage=UNREADABLE)
        return found[0] if found else None

    async def all_of_actor(self, actor_id: ActorId, limit: int) -> Sequence[Session | DamagedSession]:
        """Up to `limit` of those in which a service acts for users."""
        return await self._select({"document.actor.actor_id": str(actor_id)}, limit, damage=UNREADABLE)

    async def _insert(self, aggregate: Session) -> None:
        """Store it, and count it with its user.

        So a login meets a ConcurrentChange when at the same moment the account goes, is disabled, or gets another
        password, which ends the sessions that there are.
        """
        owner, count = {"_id": str(aggregate.user_id)}, {"$inc": {"logins": 1}}
        with translated():
            users = self._transaction.collection(USERS)
            user = await users.find_one_and_update(owner, count, STANDING_OF, session=self._transaction.session)
        if user is None:
            raise ConcurrentChange("this account was removed at the same moment")
        await self._add_record({"_id": str(aggregate.session_id)} | _fields(aggregate) | standing(user))

    async def _update(self, aggregate: Session) -> None:
        changes = {"$set": _fields(aggregate)}
        with translated():
            result = await self._records.update_one(
                self._as_read(aggregate), changes, session=self._transaction.session
            )
        require_one(result.matched_count)

    async def _delete_some(self, wanted: Document, limit: int) -> int:
        with translated():
            found = await up_to(limit, self._records.find(wanted, {"_id": True}, session=self._transaction.session))
        if not found:
            return 0
        return await self._delete_many({"_id": {"$in": [record["_id"] for record in found]}})

    async def _delete_many(self, wanted: Document) -> int:
        with translated():
            return (await self._records.delete_many(wanted, session=self._transaction.session)).deleted_count


def _fields(session: Session) -> Document:
    return {
        "user_id": str(session.user_id),
        "create_time": time_text(session.create_time),
        "expire_time": time_text(session.expire_time),
        "version": session.version + 1,
        "document": session_to_document(session),
    }
