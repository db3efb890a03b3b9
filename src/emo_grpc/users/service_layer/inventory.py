"""All accounts and sessions that a database has."""

from typing import Protocol

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


class AccountInventory(Protocol):
    """The port. Each page is one committed snapshot, backed by an index, and keeps no writer waiting.

    Raises the engine's own error at a document of a later release.
    """

    async def users(self, after: UserId | None, limit: int) -> list[User | DamagedUser]:
        """The next accounts in order of their ids; `after` None: the first ones."""
        ...

    async def sessions(self, after: SessionId | None, limit: int) -> list[Session | DamagedSession]:
        """The next sessions in order of their ids, also expired ones; `after` None: the first ones."""
        ...
