"""The port of a transaction."""

from types import TracebackType
from typing import Protocol, Self

from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.audit.trail import AuditTrail
from emo_grpc.shared.service_layer.idempotency import IdempotencyKeys


class UnitOfWork(Protocol):
    """One transaction over the repositories of one context.

    Obligations of an adapter:
    - `async with` begins it; leaving the block without `commit` undoes everything, also when cancelled.
    - `commit` makes everything durable at once: the aggregates saved, the idempotency keys added, what was appended to
      the audit trail with the entry of the `current_audited_call`, and one outbox row for each (event, handler) of the
      events that the saved aggregates had recorded, or that were published. A row is due at the time that its event
      was recorded with, or at once.
    - When it returns, the outcome survives a crash. When it raises `ConcurrentChange`, nothing was stored and
      the whole block may be run again. When the engine is away it raises `Unavailable`.
    - Repositories of the same unit see each other's uncommitted changes; no other unit does.
    """

    @property
    def idempotency(self) -> IdempotencyKeys:
        """The results of earlier requests."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """What has happened, for those who look after accounts."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def publish(self, event: Event) -> None:
        """Have an event stored that no aggregate has recorded, for nothing is changed yet."""
        ...

    async def commit(self) -> None:
        """Make everything durable."""
        ...
