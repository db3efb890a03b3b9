"""Keeps the store of service accounts tidy."""

from dataclasses import dataclass
from typing import Final

from emo_grpc.service_accounts.domain.commands import UpgradeDocuments
from emo_grpc.service_accounts.domain.errors import ServiceAccountRecordCorrupt
from emo_grpc.service_accounts.domain.service_account import ServiceAccount
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnits

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class MaintenanceHandlers:
    """The handlers, with what they need. All of them may be repeated."""

    units: ServiceAccountsUnits

    async def upgrade_documents(self, _: UpgradeDocuments) -> int:
        """Read some old documents, which makes them current, and store them so.

        Damaged ones are passed over. When only such are left it raises ServiceAccountRecordCorrupt, which names one.
        """
        limit = BATCH
        while True:
            async with self.units() as unit:
                found = await unit.service_accounts.outdated(limit)
                readable = [each for each in found if isinstance(each, ServiceAccount)][:BATCH]
                for each in readable:
                    await unit.service_accounts.save(each)
                await unit.commit()
            if readable or not found:
                return len(readable)
            if len(found) < limit:
                raise ServiceAccountRecordCorrupt(found[0].service_account_id)
            limit *= 2
