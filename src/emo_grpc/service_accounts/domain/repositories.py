"""Where service accounts are kept, as seen from inside a unit of work."""

from typing import Protocol

from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.shared.domain.ids import ActorId


class ServiceAccountRepository(Protocol):
    """The service accounts.

    Names are unique: `add` and `save` raise `ServiceAccountNameTaken`, at the latest at commit. `save` and `remove`
    raise `ConcurrentChange` when the stored version is not the aggregate's. What the aggregate had recorded is stored
    with it.
    """

    async def get(self, service_account_id: ActorId) -> ServiceAccount:
        """The account; raises `ServiceAccountNotFound`, or `ServiceAccountRecordCorrupt` if its record is damaged."""
        ...

    async def find(self, service_account_id: ActorId) -> ServiceAccount | DamagedServiceAccount | None:
        """The account, also when its record is damaged, or None."""
        ...

    async def add(self, account: ServiceAccount) -> None:
        """Store one that is not there, as the version that follows its own: 1 of a new one."""
        ...

    async def save(self, account: ServiceAccount) -> None:
        """Store its changes, as the next version."""
        ...

    async def remove(self, account: ServiceAccount | DamagedServiceAccount) -> None:
        """Drop it with its keys."""
        ...

    async def outdated(self, limit: int) -> list[ServiceAccount | DamagedServiceAccount]:
        """Some that are stored as another release does; `save` makes them current.

        Raises the engine's own error at one of a later release.
        """
        ...
