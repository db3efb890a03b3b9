"""Brings a command to its handler."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries

Result = TypeVar("Result")

# Any: the table pairs each command type with a handler of just that type, which the type system can't say.
CommandHandler = Callable[[Any], Awaitable[Any]]
CommandHandlers = Mapping[type[Command[Any]], CommandHandler]


class MessageBus:
    """Dispatches commands by their type. It knows nothing of a message once that was handled."""

    def __init__(self, handlers: CommandHandlers, retries: ConflictRetries | None = None) -> None:
        self._handlers = handlers
        self._retries = retries or ConflictRetries()

    async def handle(self, command: Command[Result]) -> Result:
        """Run the command's handler; again, up to ten times in all, when a concurrent change got in its way."""
        handler = self._handlers[type(command)]
        return cast(Result, await self._retries.run(lambda: handler(command), command.subject))
