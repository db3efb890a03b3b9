"""The transaction of this context."""

from collections.abc import Callable
from typing import Protocol

from emo_grpc.service_accounts.domain.repositories import ServiceAccountRepository
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork


class ServiceAccountsUnitOfWork(UnitOfWork, Protocol):
    """Service accounts with their keys."""

    @property
    def service_accounts(self) -> ServiceAccountRepository:
        """The service accounts."""
        ...


ServiceAccountsUnits = Callable[[], ServiceAccountsUnitOfWork]
"""Makes a new unit of work."""
