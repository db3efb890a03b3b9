"""Events as text, for outbox rows."""

from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.service_layer.outbox import UnreadableEvent


class EventCodec:
    """Writes events of the known types as JSON, and reads them again."""

    def __init__(self, types: Iterable[type[Event]]) -> None:
        self._adapters: dict[str, TypeAdapter[Event]] = {kind.__name__: TypeAdapter(kind) for kind in types}

    def encode(self, event: Event) -> tuple[str, str]:
        """(name of the type, JSON of the fields)."""
        if isinstance(event, UnreadableEvent):
            return event.event_type, event.text
        name = type(event).__name__
        return name, self._adapters[name].dump_json(event).decode()

    def decode(self, name: str, text: str) -> Event:
        """The event again, or an UnreadableEvent."""
        try:
            return self._adapters[name].validate_json(text)
        except (KeyError, ValidationError):
            return UnreadableEvent(name, text)
