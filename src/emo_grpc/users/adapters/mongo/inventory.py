"""The inventory of accounts on MongoDB."""

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.mongo.collections import SESSIONS, USERS
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
        return await USERS.page(self._database, after, limit)

    async def sessions(self, after: SessionId | None, limit: int) -> list[Session | DamagedSession]:
        """The next sessions in order of their ids."""
        return await SESSIONS.page(self._database, after, limit)
