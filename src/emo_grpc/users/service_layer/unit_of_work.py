"""The transaction of this context."""

from collections.abc import Callable
from typing import Protocol

from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork
from emo_grpc.users.domain.repositories import IdentityRepository, SessionRepository, UserRepository


class UsersUnitOfWork(UnitOfWork, Protocol):
    """Accounts and sessions, changed together or not at all."""

    @property
    def users(self) -> UserRepository:
        """The accounts."""
        ...

    @property
    def identities(self) -> IdentityRepository:
        """Who may use them besides those who know their passwords."""
        ...

    @property
    def sessions(self) -> SessionRepository:
        """The logins."""
        ...


UsersUnits = Callable[[], UsersUnitOfWork]
"""Makes a new unit of work."""
