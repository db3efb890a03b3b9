"""Events as text, for outbox rows."""

from collections.abc import Iterable

from pydantic import TypeAdapter

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

    def decode(self, name: str, text: str | bytes) -> Event:
        """The event again, or an UnreadableEvent."""
        try:
            return self._adapters[name].validate_json(text)
        except (KeyError, ValueError):
            return UnreadableEvent(name, readable_text(text))


def readable_text(text: object) -> str:
    """What can be stored and shown of a text that may be damaged; nothing of what is none."""
    if isinstance(text, bytes):
        return text.decode(errors="replace")
    return text.encode(errors="replace").decode() if isinstance(text, str) else ""
