"""What can be read, straight from the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_account import (
    Network,
    ServiceAccount,
    ServiceAccountState,
)
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page


@dataclass(frozen=True, slots=True)
class ServiceKeyView:
    """A key as it is shown: without anything by which it could be guessed."""

    key_id: ServiceKeyId
    create_time: datetime
    expire_time: datetime | None
    last_used_time: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceAccountView:
    """A service account as it is shown."""

    service_account_id: ActorId
    name: str
    description: str
    permissions: frozenset[ServicePermission]
    networks: tuple[Network, ...]
    state: ServiceAccountState
    keys: tuple[ServiceKeyView, ...]
    create_time: datetime
    update_time: datetime
    etag: str


class ServiceAccountViews(Protocol):
    """The port of the queries. Each reads what was last committed, and is backed by an index."""

    async def service_account(self, service_account_id: ActorId) -> ServiceAccountView:
        """One; raises ServiceAccountNotFound or ServiceAccountRecordCorrupt."""
        ...

    async def by_name(self, name: str) -> ServiceAccountView:
        """One; raises ServiceAccountNotFound or ServiceAccountRecordCorrupt."""
        ...

    async def service_accounts(self, *, limit: int, after: Cursor | None = None) -> Page[ServiceAccountView]:
        """All of them, latest first; `after` is the cursor of the page before. Damaged ones are named."""
        ...

    async def outdated(self) -> int:
        """How many documents wait for `UpgradeDocuments`."""
        ...


def service_account_view(account: ServiceAccount) -> ServiceAccountView:
    """All but secrets."""
    return ServiceAccountView(
        service_account_id=account.service_account_id,
        name=account.name,
        description=account.description,
        permissions=account.permissions,
        networks=account.networks,
        state=account.state,
        keys=tuple(
            ServiceKeyView(key.key_id, key.create_time, key.expire_time, key.last_used_time) for key in account.keys
        ),
        create_time=account.create_time,
        update_time=account.update_time,
        etag=account.etag,
    )
