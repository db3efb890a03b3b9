"""What the roots of all aggregates share."""

from dataclasses import dataclass, field

from emo_grpc.shared.domain.messages import Event


@dataclass(slots=True, kw_only=True)
class Aggregate:
    """A root with an optimistic version and the events that wait to be stored with it.

    `version` is that of the stored state it was read at; 0 = never stored. Repositories raise it.
    """

    version: int = 0
    _events: list[Event] = field(default_factory=list, init=False, repr=False, compare=False)

    def record(self, event: Event) -> None:
        """Note what has happened."""
        self._events.append(event)

    def pull_events(self) -> list[Event]:
        """Give what has happened since the last pull."""
        events, self._events = self._events, []
        return events
