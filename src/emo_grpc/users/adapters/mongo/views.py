"""What is read outside of units of work, on MongoDB."""

from typing import Final

from pymongo import ASCENDING

from emo_grpc.shared.adapters.mongo.batched_reads import MongoBatchedReads
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.document_collection import count_outdated
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.pages import latest
from emo_grpc.shared.adapters.schema_versions import DAMAGED, UNREADABLE
from emo_grpc.shared.adapters.times import readable_time, time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page
from emo_grpc.users.adapters.documents.projections import credentials, live_session, session_view, user_view
from emo_grpc.users.adapters.mongo.collections import SESSIONS, USERS
from emo_grpc.users.adapters.mongo.identities import identity_key
from emo_grpc.users.adapters.mongo.schema import IDENTITIES, SESSIONS_OF_USER, USERS_BY_TIME
from emo_grpc.users.domain.email_address import email_keys
from emo_grpc.users.domain.errors import SessionRecordCorrupt
from emo_grpc.users.domain.external_identity import ExternalIdentity, LinkedIdentity
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import SessionView, UserView

STANDING: Final = {"user_id": True, "expire_time": True, "is_active": True, "is_admin": True}


class MongoUserViews:
    """Each call is one command, and reads what a majority has."""

    def __init__(self, database: MongoDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sessions = MongoBatchedReads(database, SESSIONS.kind.name, STANDING)

    async def user(self, user_id: UserId) -> UserView:
        """One account."""
        user = await self._user({"_id": str(user_id)})
        return user_view(USERS.kind.whole(user))

    async def identities(self, user_id: UserId) -> list[LinkedIdentity]:
        """Who else may use an account."""
        with translated():
            found = self._database.collection(IDENTITIES).find({"user_id": str(user_id)}, sort=[("_id", ASCENDING)])
            return [
                LinkedIdentity(ExternalIdentity(**record["_id"]), readable_time(record.get("link_time")))
                for record in await found.to_list()
            ]

    async def users(self, *, limit: int, after: Cursor | None = None) -> Page[UserView]:
        """All accounts."""
        return await latest(self._database, USERS, user_view, limit=limit, after=after, index=USERS_BY_TIME)

    async def sessions(self, user_id: UserId, *, limit: int, after: Cursor | None = None) -> Page[SessionView]:
        """The live sessions of a user."""
        live: Document = {"user_id": str(user_id), "expire_time": {"$gt": time_text(self._clock())}}
        return await latest(
            self._database, SESSIONS, session_view, limit=limit, after=after, index=SESSIONS_OF_USER, where=live
        )

    async def credentials_by_username(self, username: str) -> Credentials | None:
        """By username, or None."""
        return await self._credentials({"username": username})

    async def credentials_by_email(self, email: str) -> Credentials | None:
        """By mailbox, or None."""
        return await self._credentials({"email_key": {"$in": list(email_keys(email))}})

    async def user_id_by_email(self, email: str) -> UserId | None:
        """By mailbox, or None."""
        wanted = {"email_key": {"$in": list(email_keys(email))}}
        with translated():
            record = await self._database.collection(USERS.kind.name).find_one(wanted, {"_id": True})
        return USERS.kind.id_from(record["_id"]) if record else None

    async def credentials(self, user_id: UserId) -> Credentials | None:
        """By id, or None."""
        return await self._credentials({"_id": str(user_id)})

    async def user_id_by_identity(self, identity: ExternalIdentity) -> UserId | None:
        """By what an issuer calls somebody, or None."""
        with translated():
            record = await self._database.collection(IDENTITIES).find_one(identity_key(identity))
        return USERS.kind.id_from(record["user_id"]) if record else None

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
