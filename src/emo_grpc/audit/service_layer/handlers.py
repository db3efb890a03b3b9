"""What this context does with its messages."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emo_grpc.audit.service_layer.unit_of_work import AuditUnits
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.service_layer.handlers import Handlers
from emo_grpc.shared.service_layer.outbox import Subscriptions

SUBSCRIPTIONS: Final[Subscriptions] = {UserRemoved: ("forget_removed_user",)}
"""The names of `Handlers.events`, by which outbox rows are stored: never rename one while rows may wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPorts:
    """What the handlers stand on."""

    units: AuditUnits


@dataclass(frozen=True, slots=True)
class RemovalHandlers:
    """The handler, with what it needs."""

    units: AuditUnits

    async def forget_removed_user(self, event: UserRemoved, _: UUID) -> None:
        """Leave entries of a removed account with nothing that tells whose they are."""
        async with self.units() as unit:
            await unit.audit.forget(event.user_id)
            await unit.commit()


def audit_handlers(ports: AuditPorts) -> Handlers:
    """All handlers of this context, on these ports; entries are added by those of other contexts."""
    removal = RemovalHandlers(ports.units)
    return Handlers(commands={}, events={UserRemoved: {"forget_removed_user": removal.forget_removed_user}})
