"""What the roots of all aggregates share."""

from dataclasses import dataclass, field
from datetime import datetime

from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event that waits to be stored. `due_time`: when its handlers get it; None: at once."""

    event: Event
    due_time: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Aggregate:
    """A root with an optimistic version and the events that wait to be stored with it.

    `version` is that of the stored state it was read at; 0 = never stored. Repositories raise it.
    """

    version: int = 0
    _events: list[RecordedEvent] = field(default_factory=list, init=False, repr=False, compare=False)

    def record(self, event: Event, *, due_time: datetime | None = None) -> None:
        """Note what has happened. Its handlers get it as soon as it is stored, or not before `due_time` (UTC)."""
        self._events.append(RecordedEvent(event, due_time))

    def pull_events(self) -> list[RecordedEvent]:
        """Give what was recorded since the last pull."""
        events, self._events = self._events, []
        return events
