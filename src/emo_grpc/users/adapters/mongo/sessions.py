"""Sessions on MongoDB."""

from datetime import datetime
from functools import partial
from typing import Final

from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import session_document, time_text
from emo_grpc.users.adapters.documents.readable import whole_session
from emo_grpc.users.adapters.mongo.records import session_in
from emo_grpc.users.adapters.mongo.rows import require_one, standing
from emo_grpc.users.adapters.mongo.schema import OUTDATED_SESSIONS, SESSIONS, USERS
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session

STANDING_OF: Final = {"state": True, "is_admin": True}


class MongoSessionRepository:
    """Documents that go when they end."""

    def __init__(self, transaction: MongoTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._sessions = transaction.collection(SESSIONS)
        self._track = track
        self._upcasters = upcasters

    async def find(self, session_id: SessionId) -> Session | None:
        """The session, or None."""
        row = await self._row(session_id)
        return whole_session(partial(session_in, row, self._upcasters), str(session_id)) if row else None

    async def find_any(self, session_id: SessionId) -> Session | DamagedSession | None:
        """As `find`, also when its record is damaged."""
        row = await self._row(session_id)
        return session_in(row, self._upcasters) if row else None

    async def add(self, session: Session) -> None:
        """Store a new one, and count it with its user.

        So a login meets a ConcurrentChange when at the same moment the account goes, is disabled, or gets another
        password, which ends the sessions that there are.
        """
        owner, count = {"_id": str(session.user_id)}, {"$inc": {"logins": 1}}
        with translated():
            users = self._transaction.collection(USERS)
            user = await users.find_one_and_update(owner, count, STANDING_OF, session=self._transaction.session)
            if user is None:
                raise ConcurrentChange("this account was removed at the same moment")
            row = {"_id": str(session.session_id)} | _fields(session) | standing(user)
            await self._sessions.insert_one(row, session=self._transaction.session)
        self._stored(session)

    async def save(self, session: Session) -> None:
        """Store its changes."""
        as_read = {"_id": str(session.session_id), "version": session.version}
        changes = {"$set": _fields(session)}
        with translated():
            result = await self._sessions.update_one(as_read, changes, session=self._transaction.session)
        require_one(result.matched_count)
        self._stored(session)

    async def remove(self, session_id: SessionId) -> None:
        """End it, if it is there."""
        await self._delete({"_id": str(session_id)})

    async def remove_of_user(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """End all of a user's, but perhaps one."""
        of_user: Document = {"user_id": str(user_id)}
        return await self._delete(of_user | {"_id": {"$ne": str(but)}} if but else of_user)

    async def remove_expired(self, now: datetime, limit: int) -> int:
        """Drop up to `limit` of those that have expired."""
        expired = await self._find({"expire_time": {"$lte": time_text(now)}}, limit, {"_id": True})
        if not expired:
            return 0
        return await self._delete({"_id": {"$in": [row["_id"] for row in expired]}})

    async def outdated(self, limit: int) -> list[Session | DamagedSession]:
        """Some that are stored as another release does."""
        return [session_in(row, self._upcasters) for row in await self._find(OUTDATED_SESSIONS, limit)]

    async def _find(self, which: Document, limit: int, fields: Document | None = None) -> list[Document]:
        with translated():
            return await up_to(limit, self._sessions.find(which, fields, session=self._transaction.session))

    async def _delete(self, which: Document) -> int:
        with translated():
            return (await self._sessions.delete_many(which, session=self._transaction.session)).deleted_count

    async def _row(self, session_id: SessionId) -> Document | None:
        with translated():
            return await self._sessions.find_one({"_id": str(session_id)}, session=self._transaction.session)

    def _stored(self, session: Session) -> None:
        session.version += 1
        self._track(session)


def _fields(session: Session) -> Document:
    return {
        "user_id": str(session.user_id),
        "create_time": time_text(session.create_time),
        "expire_time": time_text(session.expire_time),
        "version": session.version + 1,
        "document": session_document(session),
    }
