"""The unit of work on a database that has transactions, less what its technology and its context add."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.audit.origin import current_audited_call
from emo_grpc.shared.service_layer.audit.trail import AuditTrail
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import IdempotencyKeys
from emo_grpc.shared.service_layer.outbox import OutboxRow, Subscriptions, rows_for

Track = Callable[[Aggregate], None]
"""How a repository tells its unit of work of an aggregate whose events are to be stored."""


class Transaction(Protocol):
    """A write transaction under way."""

    async def commit(self) -> None:
        """Make it durable."""
        ...


T = TypeVar("T", bound=Transaction)
T_co = TypeVar("T_co", bound=Transaction, covariant=True)
ContextUpcasters = TypeVar("ContextUpcasters")


class Database(Protocol[T_co]):
    """Where transactions begin."""

    def transaction(self) -> AbstractAsyncContextManager[T_co]:
        """Begin one; what was not committed at the end is undone, also when cancelled."""
        ...


class TransactionalUnitOfWork(ABC, Generic[T, ContextUpcasters]):
    """One transaction, whose repositories read the documents of earlier releases by the context's `upcasters`."""

    def __init__(
        self,
        database: Database[T],
        codec: EventCodec,
        subscriptions: Subscriptions,
        clock: Clock,
        upcasters: ContextUpcasters,
    ) -> None:
        self._database = database
        self._codec = codec
        self._subscriptions = subscriptions
        self._clock = clock
        self._upcasters = upcasters

    @abstractmethod
    def _open_idempotency(self, transaction: T) -> IdempotencyKeys:
        """Make the results of earlier requests over this transaction."""

    @abstractmethod
    def _open_audit(self, transaction: T) -> AuditTrail:
        """Make the audit trail over this transaction."""

    @abstractmethod
    def _open_repositories(self, transaction: T, track: Track) -> None:
        """Make the context's repositories over this transaction."""

    @abstractmethod
    async def _insert(self, transaction: T, rows: Sequence[OutboxRow]) -> None:
        """Add rows to the outbox, one or more."""

    async def __aenter__(self) -> Self:
        self._seen: list[Aggregate] = []
        self._scope = self._database.transaction()
        self._transaction = await self._scope.__aenter__()
        self.idempotency = self._open_idempotency(self._transaction)
        self.audit = self._open_audit(self._transaction)
        self._open_repositories(self._transaction, self._seen.append)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)

    def publish(self, event: Event) -> None:
        """Store an event of no aggregate, too."""
        source = Aggregate()
        source.record(event)
        self._seen.append(source)

    async def commit(self) -> None:
        """Store the events of what was saved with it, and the entry of an audited call, in one transaction."""
        if rows := rows_for(self._seen, self._subscriptions, self._clock()):
            await self._insert(self._transaction, rows)
        call = current_audited_call()
        if call is not None and not call.is_recorded:
            await self.audit.add(call.entry(self._clock()))
        await self._transaction.commit()
        if call is not None:
            call.is_recorded = True
