"""The inventory of accounts on MongoDB."""

from pymongo import ASCENDING

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.ids import Identifier, UserId
from emo_grpc.users.adapters.mongo.records import session_in, user_in
from emo_grpc.users.adapters.mongo.schema import SESSIONS, USERS
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


class MongoAccountInventory:
    """Each page is one command, on what a majority of the servers has."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def users(self, after: UserId | None, limit: int) -> list[User | DamagedUser]:
        """The next accounts in order of their ids."""
        return [user_in(row) for row in await self._next(USERS, after, limit)]

    async def sessions(self, after: SessionId | None, limit: int) -> list[Session | DamagedSession]:
        """The next sessions in order of their ids."""
        return [session_in(row) for row in await self._next(SESSIONS, after, limit)]

    async def _next(self, collection: str, after: Identifier | None, limit: int) -> list[Document]:
        wanted: Document = {} if after is None else {"_id": {"$gt": str(after)}}
        with translated():
            return await up_to(limit, self._database.collection(collection).find(wanted, sort=[("_id", ASCENDING)]))
