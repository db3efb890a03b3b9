"""What is read outside of units of work, on MongoDB."""

from datetime import datetime
from functools import partial
from typing import Final

from pymongo import DESCENDING
from pymongo.asynchronous.cursor import AsyncCursor

from emo_grpc.shared.adapters.mongo.batched_reads import MongoBatchedReads
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import DAMAGED, session_of, time_text, user_of
from emo_grpc.users.adapters.documents.projections import credentials, live_session, session_view, shown, user_view
from emo_grpc.users.adapters.documents.readable import whole_user
from emo_grpc.users.adapters.mongo.records import user_in
from emo_grpc.users.adapters.mongo.schema import (
    OUTDATED_SESSIONS,
    OUTDATED_USERS,
    SESSIONS,
    SESSIONS_OF_USER,
    USERS,
    USERS_BY_TIME,
)
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import SessionRecordCorrupt
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import After, SessionView, Unreadable, UserView

LATEST_FIRST: Final = [("create_time", DESCENDING), ("_id", DESCENDING)]
STANDING: Final = {"user_id": True, "expire_time": True, "is_active": True, "is_admin": True}


class MongoUsersReader:
    """Each call is one command, and reads what a majority has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._sessions = MongoBatchedReads(database, SESSIONS, STANDING)

    async def user(self, user_id: UserId) -> UserView | None:
        """One account, or None."""
        user = await self._user({"_id": str(user_id)})
        return user_view(user) if user else None

    async def users(self, *, limit: int, after: After | None) -> list[UserView | Unreadable]:
        """Accounts that follow `after`."""
        query = self._database.collection(USERS).find(_following(after)).hint(USERS_BY_TIME)
        rows = await _page(query, limit)
        return [shown(partial(_user_in, row), row["create_time"], row["_id"]) for row in rows]

    async def sessions(
        self, user_id: UserId, *, now: datetime, limit: int, after: After | None
    ) -> list[SessionView | Unreadable]:
        """Live sessions of a user that follow `after`."""
        live: Document = {"user_id": str(user_id), "expire_time": {"$gt": time_text(now)}}
        query = self._database.collection(SESSIONS).find(live | _following(after)).hint(SESSIONS_OF_USER)
        rows = await _page(query, limit)
        return [shown(partial(_session_in, row), row["create_time"], row["_id"]) for row in rows]

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
        """How much of two indexes is of other versions; two commands."""
        with translated():
            users = await self._database.collection(USERS).count_documents(OUTDATED_USERS)
            return users + await self._database.collection(SESSIONS).count_documents(OUTDATED_SESSIONS)

    async def _credentials(self, which: Document) -> Credentials | None:
        user = await self._user(which)
        return credentials(user) if user else None

    async def _user(self, which: Document) -> User | None:
        with translated():
            row = await self._database.collection(USERS).find_one(which)
        return whole_user(partial(user_in, row), row["_id"]) if row else None


def _user_in(row: Document) -> UserView:
    return user_view(user_of(row["document"], row["version"]))


def _session_in(row: Document) -> SessionView:
    return session_view(session_of(row["document"], row["version"]))


async def _page(query: AsyncCursor[Document], limit: int) -> list[Document]:
    with translated():
        return await up_to(limit, query.sort(LATEST_FIRST))


def _following(after: After | None) -> Document:
    """A range of the index by time, and in it what is not before `after` among those of the same moment."""
    if after is None:
        return {}
    time, item_id = time_text(after[0]), str(after[1])
    return {"create_time": {"$lte": time}, "$or": [{"create_time": {"$lt": time}}, {"_id": {"$lt": item_id}}]}
