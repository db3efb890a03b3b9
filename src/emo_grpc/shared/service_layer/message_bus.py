"""Brings a command to its handler."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar, cast

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.messages import Command

Result = TypeVar("Result")

# Any: the table pairs each command type with a handler of just that type, which the type system can't say.
CommandHandler = Callable[[Any], Awaitable[Any]]
CommandHandlers = Mapping[type[Command[Any]], CommandHandler]

MAX_TRIES: Final = 5


class MessageBus:
    """Dispatches commands by their type. It holds no state between messages."""

    def __init__(self, handlers: CommandHandlers) -> None:
        self._handlers = handlers

    async def handle(self, command: Command[Result]) -> Result:
        """Run the command's handler; again, up to five times, when a concurrent change got in its way."""
        handler = self._handlers[type(command)]
        for _ in range(MAX_TRIES - 1):
            try:
                return cast(Result, await handler(command))
            except ConcurrentChange:
                continue
        return cast(Result, await handler(command))
