"""Keeps the store of service accounts tidy."""

from dataclasses import dataclass

from emo_grpc.service_accounts.domain.commands import UpgradeDocuments
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnits
from emo_grpc.shared.service_layer.schema_upgrade import upgrade_batch


@dataclass(frozen=True, slots=True)
class MaintenanceHandlers:
    """The handlers, with what they need. All of them may be repeated."""

    units: ServiceAccountsUnits

    async def upgrade_documents(self, _: UpgradeDocuments) -> int:
        """Store some old documents as this release does."""
        return await upgrade_batch(self.units, lambda unit: (unit.service_accounts,))
