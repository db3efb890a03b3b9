"""Where service accounts are kept, as seen from inside a unit of work."""

from typing import Protocol

from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.repositories import Repository


class ServiceAccountRepository(Repository[ActorId, ServiceAccount, DamagedServiceAccount], Protocol):
    """The service accounts. `get` raises `ServiceAccountNotFound`, or `ServiceAccountRecordCorrupt`.

    Names are unique: `add` and `save` raise `ServiceAccountNameTaken`, at the latest at commit.
    """

    async def remove(self, account: ServiceAccount | DamagedServiceAccount) -> None:
        """Drop it with its keys; its version and events as with `save`."""
        ...
