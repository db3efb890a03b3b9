"""Service accounts, as a kind of resources."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import DAMAGED, CannotMigrate
from emo_grpc.migration.resource_kind import ResourceKind
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.walk import walk


@dataclass(frozen=True, slots=True)
class ServiceAccounts(ResourceKind[ServiceAccount | DamagedServiceAccount]):
    """Service accounts with their keys, which stay good."""

    target: MetadataStore
    name: ClassVar[str] = "service accounts"
    noun: ClassVar[str] = "service account"
    damaged: ClassVar[type[Aggregate]] = DamagedServiceAccount

    def walk(self, store: MetadataStore) -> AsyncIterator[ServiceAccount | DamagedServiceAccount]:
        """All service accounts."""
        return walk(store.metadata.service_accounts, lambda account: account.service_account_id)

    def identity(self, resource: ServiceAccount | DamagedServiceAccount) -> UUID:
        """The account's id."""
        return resource.service_account_id.value

    async def remove(self, target: ServiceAccount | DamagedServiceAccount, *, is_gone: bool) -> None:
        """Remove it with its keys."""
        del is_gone
        await self.target.change(
            self.target.service_accounts, lambda unit: unit.service_accounts.remove(replace(target))
        )

    async def copy(self, source: ServiceAccount | DamagedServiceAccount) -> None:
        """Keeps the version, so that it is known for the same."""
        if isinstance(source, DamagedServiceAccount):
            raise CannotMigrate(DAMAGED)
        account = replace(source, version=source.version - 1)
        await self.target.change(self.target.service_accounts, lambda unit: unit.service_accounts.add(replace(account)))
