"""What is read outside of units of work, on MongoDB."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from pymongo import DESCENDING

from emo_grpc.shared.adapters.document_kind import Damaged, Id, Whole
from emo_grpc.shared.adapters.mongo.batched_reads import MongoBatchedReads
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection, count_outdated
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.schema_versions import DAMAGED, UNREADABLE
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.projections import credentials, live_session, session_view, shown, user_view
from emo_grpc.users.adapters.mongo.collections import SESSIONS, USERS
from emo_grpc.users.adapters.mongo.schema import SESSIONS_OF_USER, USERS_BY_TIME
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import SessionRecordCorrupt
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import After, SessionView, Unreadable, UserView

LATEST_FIRST: Final = [("create_time", DESCENDING), ("_id", DESCENDING)]
STANDING: Final = {"user_id": True, "expire_time": True, "is_active": True, "is_admin": True}

T = TypeVar("T")


class MongoUsersReader:
    """Each call is one command, and reads what a majority has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._sessions = MongoBatchedReads(database, SESSIONS.kind.name, STANDING)

    async def user(self, user_id: UserId) -> UserView | None:
        """One account, or None."""
        user = await self._user({"_id": str(user_id)})
        return user_view(user) if user else None

    async def users(self, *, limit: int, after: After | None) -> list[UserView | Unreadable]:
        """Accounts that follow `after`."""
        return await self._page(USERS, user_view, _following(after), USERS_BY_TIME, limit)

    async def sessions(
        self, user_id: UserId, *, now: datetime, limit: int, after: After | None
    ) -> list[SessionView | Unreadable]:
        """Live sessions of a user that follow `after`."""
        live: Document = {"user_id": str(user_id), "expire_time": {"$gt": time_text(now)}}
        return await self._page(SESSIONS, session_view, live | _following(after), SESSIONS_OF_USER, limit)

    async def credentials_by_username(self, username: str) -> Credentials | None:
        """By username, or None."""
        return await self._credentials({"username": username})

    async def credentials_by_email(self, email: str) -> Credentials | None:
        """By mailbox, or None."""
        return await self._credentials({"email_key": {"$in": list(email_keys(email))}})

    async def credentials(self, user_id: UserId) -> Credentials | None:
        """By id, or None."""
        return await self._credentials({"_id": str(user_id)})

    async def live_session(self, session_id: SessionId) -> LiveSession | None:
        """The session with the standing of its user, which is kept with it: every call asks for this."""
        row = await self._sessions.get(str(session_id))
        if row is None:
            return None
        try:
            return live_session(row["user_id"], row["is_active"], row["is_admin"], row["expire_time"])
        except DAMAGED:
            raise SessionRecordCorrupt(session_id) from None

    async def outdated(self) -> int:
        """The length of some ranges of two indexes."""
        return await count_outdated(self._database, USERS, SESSIONS)

    async def _credentials(self, wanted: Document) -> Credentials | None:
        user = await self._user(wanted)
        return credentials(user) if user else None

    async def _user(self, wanted: Document) -> User | None:
        with translated():
            record = await self._database.collection(USERS.kind.name).find_one(wanted)
        return USERS.kind.whole(USERS.read(record, damage=UNREADABLE)) if record else None

    async def _page(
        self,
        collection: DocumentCollection[Id, Whole, Damaged],
        view: Callable[[Whole], T],
        wanted: Document,
        index: list[tuple[str, int]],
        limit: int,
    ) -> list[T | Unreadable]:
        query = self._database.collection(collection.kind.name).find(wanted).hint(index).sort(LATEST_FIRST)
        with translated():
            records = await up_to(limit, query)
        found = [(collection.read(record, damage=UNREADABLE), record["create_time"]) for record in records]
        return [shown(collection.kind, stored, view, create_time) for stored, create_time in found]


def _following(after: After | None) -> Document:
    """A range of the index by time, and in it what is not before `after` among those of the same moment."""
    if after is None:
        return {}
    time, item_id = time_text(after[0]), str(after[1])
    return {"create_time": {"$lte": time}, "$or": [{"create_time": {"$lt": time}}, {"_id": {"$lt": item_id}}]}
