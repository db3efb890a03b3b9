"""Which handler of this context takes a command or an event."""

from dataclasses import dataclass
from typing import Final

from emo_grpc.service_accounts.domain import commands
from emo_grpc.service_accounts.service_layer.maintenance_handlers import MaintenanceHandlers
from emo_grpc.service_accounts.service_layer.service_account_handlers import ServiceAccountHandlers
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnits
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.handlers import Handlers
from emo_grpc.shared.service_layer.outbox import Subscriptions

SUBSCRIPTIONS: Final[Subscriptions] = {}
"""The names of `Handlers.events`: none, for no service account belongs to a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountsPorts:
    """What the handlers stand on."""

    units: ServiceAccountsUnits
    clock: Clock


def service_accounts_handlers(ports: ServiceAccountsPorts) -> Handlers:
    """All handlers of this context, on these ports."""
    accounts = ServiceAccountHandlers(ports.units, ports.clock)
    maintenance = MaintenanceHandlers(ports.units)
    return Handlers(
        commands={
            commands.CreateServiceAccount: accounts.create_service_account,
            commands.UpdateServiceAccount: accounts.update_service_account,
            commands.RemoveServiceAccount: accounts.remove_service_account,
            commands.CreateServiceKey: accounts.create_service_key,
            commands.RevokeServiceKey: accounts.revoke_service_key,
            commands.NoteKeyUse: accounts.note_key_use,
            commands.UpgradeDocuments: maintenance.upgrade_documents,
        },
        events={},
    )
