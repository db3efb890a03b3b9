"""What a context does with its messages."""

from collections.abc import Iterable
from dataclasses import dataclass

from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.message_bus import CommandHandlers
from emo_grpc.shared.service_layer.outbox import EventHandler, EventHandlers, Subscriptions


@dataclass(frozen=True, slots=True)
class Handlers:
    """The tables of one context. `events` are also those of other contexts that it subscribes to."""

    commands: CommandHandlers
    events: EventHandlers


def joined(parts: Iterable[Handlers]) -> Handlers:
    """The tables of a context that is made of parts."""
    together = list(parts)
    commands = {kind: handler for part in together for kind, handler in part.commands.items()}
    return Handlers(commands, all_event_handlers(part.events for part in together))


def all_event_handlers(contexts: Iterable[EventHandlers]) -> EventHandlers:
    """Those of several contexts in one table."""
    together: dict[type[Event], dict[str, EventHandler]] = {}
    for events in contexts:
        for kind, handlers in events.items():
            together.setdefault(kind, {}).update(handlers)
    return together


def all_subscriptions(contexts: Iterable[Subscriptions]) -> Subscriptions:
    """Those of several contexts in one table."""
    together: dict[type[Event], tuple[str, ...]] = {}
    for subscriptions in contexts:
        for kind, names in subscriptions.items():
            together[kind] = (*together.get(kind, ()), *names)
    return together
