"""Commands that are watched."""

from typing import TypeVar

from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.message_bus import CommandHandlers, MessageBus
from emo_grpc.shared.service_layer.observing import Observer, Work, WorkKind

Result = TypeVar("Result")


def message_bus(handlers: CommandHandlers, observer: Observer | None) -> MessageBus:
    """One for these handlers."""
    return MessageBus(handlers) if observer is None else ObservedMessageBus(handlers, observer)


class ObservedMessageBus(MessageBus):
    """Has each command watched, all its tries together."""

    def __init__(self, handlers: CommandHandlers, observer: Observer) -> None:
        super().__init__(handlers)
        self._observer = observer
        self._works = {kind: Work(WorkKind.COMMAND, kind.__name__) for kind in handlers}

    async def handle(self, command: Command[Result]) -> Result:
        """See MessageBus."""
        with self._observer(self._works[type(command)]):
            return await super().handle(command)
