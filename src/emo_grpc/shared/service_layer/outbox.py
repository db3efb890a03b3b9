"""The outbox: events stored with their aggregate, delivered at least once to each of their handlers."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.tracing import current_traceparent

# Any: see message_bus.
EventHandler = Callable[[Any, UUID], Awaitable[None]]
"""Takes an event and the id of its row: the same at each delivery, so others can tell by it what they had already."""

EventHandlers = Mapping[type[Event], Mapping[str, EventHandler]]
"""For each event type its handlers by their stable names, which are stored in outbox rows."""

Subscriptions = Mapping[type[Event], Sequence[str]]
"""For each event type the names of its handlers."""

STRAY_AFTER: Final = timedelta(days=1)
"""How long a row has been due when it is plain that no running version handles it."""


class Undeliverable(Exception):
    """What a handler raises when trying again can't help: the row is a dead letter at once."""


@dataclass(frozen=True, slots=True)
class UnreadableEvent(Event):
    """Stands for a stored event that this version can't read: its type is unknown, or has other fields.

    `text` is what was stored of it.
    """

    event_type: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event for one handler. `attempts` counts failed deliveries, `error` is the sentence of the last one.

    `due_time` of a leased row is the end of its lease. `is_dead`: it is a dead letter. `traceparent`: the place in a
    trace where the event was recorded, see `tracing`.
    """

    row_id: UUID
    handler: str
    event: Event
    due_time: datetime
    attempts: int = 0
    error: str = ""
    is_dead: bool = False
    traceparent: str = ""

    @property
    def event_type(self) -> str:
        """The name of the event's type, also of one that can't be read."""
        return self.event.event_type if isinstance(self.event, UnreadableEvent) else type(self.event).__name__


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many rows wait without a failed delivery, how many with one, and how many are dead letters.

    `earliest_due_time`: of those that are no dead letters; None: there are none.
    """

    waiting: int = 0
    failing: int = 0
    dead: int = 0
    earliest_due_time: datetime | None = None


def pairs_of(subscriptions: Subscriptions) -> set[tuple[str, str]]:
    """(event type, handler), by the names that rows carry."""
    return {(kind.__name__, handler) for kind, handlers in subscriptions.items() for handler in handlers}


def rows_for(seen: Iterable[Aggregate], subscriptions: Subscriptions, now: datetime) -> list[OutboxRow]:
    """Take the events out of aggregates: one row for each and each of its handlers, due when it was recorded for."""
    return [
        OutboxRow(
            row_id=uuid4(),
            handler=handler,
            event=recorded.event,
            due_time=recorded.due_time or now,
            traceparent=current_traceparent(),
        )
        for aggregate in seen
        for recorded in aggregate.pull_events()
        for handler in subscriptions.get(type(recorded.event), ())
    ]


class Outbox(Protocol):
    """The relay's side of the outbox.

    Obligations: a row leased is not leased to another relay before `leased_until`; a row that was neither done nor
    postponed nor buried comes back after that. Every call is one transaction. `done`, `postpone` and `bury` take a row
    as `lease` gave it: the end of its lease is a fence, so they change nothing once another relay has leased the row,
    or finished it. Unknown rows are ignored. An event that can't be read is given as an `UnreadableEvent`, so that its
    row holds up no other.
    """

    async def lease(
        self, subscriptions: Subscriptions, *, limit: int, now: datetime, leased_until: datetime
    ) -> list[OutboxRow]:
        """Take up to `limit` rows that are due, oldest first. They are given with `leased_until` as `due_time`.

        Only rows of `subscriptions`, for another version may handle the others; and those due `STRAY_AFTER` ago.
        """
        ...

    async def done(self, row: OutboxRow) -> None:
        """Remove a row that was delivered."""
        ...

    async def postpone(self, row: OutboxRow, *, due_time: datetime, attempts: int, error: str) -> None:
        """Try again later, with that many failed deliveries counted."""
        ...

    async def bury(self, row: OutboxRow, *, error: str) -> None:
        """Make a row a dead letter: kept, and not delivered until revived."""
        ...

    async def dead_letters(self, limit: int) -> list[OutboxRow]:
        """The oldest dead letters."""
        ...

    async def waiting(self, limit: int) -> list[OutboxRow]:
        """Those that are no dead letters, leased or not, in the order in which they are due."""
        ...

    async def backlog(self) -> Backlog:
        """What there is, all rows together."""
        ...

    async def revive(self, row_id: UUID, *, now: datetime) -> bool:
        """Make a row due at once with no attempts, be it a dead letter or not; gives whether there is one.

        One that is being delivered at this moment is delivered again.
        """
        ...

    async def drop(self, row_id: UUID) -> bool:
        """Remove a row that is not to be delivered, be it a dead letter or not; gives whether there was one."""
        ...

    async def drop_dead(
        self, event_types: Collection[str], *, limit: int, before: datetime | None = None, naming: str = ""
    ) -> int:
        """Remove up to `limit` dead letters of these types; gives how many.

        Only those that died before a time, or, if `naming` is given, whose stored event has that text in it.
        """
        ...

    async def rows(self, after: UUID | None, limit: int) -> list[OutboxRow]:
        """The next rows in order of their ids, leased or not, with dead letters; `after` None: the first."""
        ...

    async def import_row(self, row: OutboxRow) -> bool:
        """Keep a row of another outbox as it is, also an `UnreadableEvent`; gives whether it was not here before."""
        ...
