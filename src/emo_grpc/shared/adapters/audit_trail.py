"""What the audit trails of all databases share."""

from abc import ABC, abstractmethod

from emo_grpc.shared.domain.audit import Actor, AuditEntry, AuditKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.audit.origin import entry_now
from emo_grpc.shared.service_layer.clock import Clock


class DocumentAuditTrail(ABC):
    """Stores entries as documents, beside the subjects by which they name accounts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def append(
        self, kind: AuditKind, account: UserId | None, *, actor: Actor | None = None, **details: str
    ) -> None:
        """Add that something has happened, now."""
        await self.add(entry_now(kind, account, self._clock(), actor, details))

    @abstractmethod
    async def add(self, entry: AuditEntry) -> None:
        """Add an entry."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Leave of a subject only its digest, so that no other one is made for the same account."""
