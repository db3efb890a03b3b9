"""The inventory of accounts in memory."""

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase
from emo_grpc.shared.domain.ids import Identifier, UserId
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User

Id = TypeVar("Id", bound=Identifier)


class MemoryAccountInventory:
    """Looks at everything, for every question."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def users(self, after: UserId | None, limit: int) -> list[User | DamagedUser]:
        """The next accounts in order of their ids."""
        rows: dict[UserId, User] = self._database.committed("users")
        return [replace(rows[user_id]) for user_id in _next(rows, after, limit)]

    async def sessions(self, after: SessionId | None, limit: int) -> list[Session | DamagedSession]:
        """The next sessions in order of their ids."""
        rows: dict[SessionId, Session] = self._database.committed("sessions")
        return [replace(rows[session_id]) for session_id in _next(rows, after, limit)]


def _next(ids: Collection[Id], after: Id | None, limit: int) -> list[Id]:
    return sorted(found for found in ids if after is None or found.value > after.value)[:limit]
