"""Brings a command to its handler."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.contention import Pause, undisturbed

Result = TypeVar("Result")

# Any: the table pairs each command type with a handler of just that type, which the type system can't say.
CommandHandler = Callable[[Any], Awaitable[Any]]
CommandHandlers = Mapping[type[Command[Any]], CommandHandler]


class MessageBus:
    """Dispatches commands by their type. It holds no state between messages."""

    def __init__(self, handlers: CommandHandlers, pause: Pause = asyncio.sleep) -> None:
        self._handlers = handlers
        self._pause = pause

    async def handle(self, command: Command[Result]) -> Result:
        """Run the command's handler; again, up to ten times in all, when a concurrent change got in its way."""
        handler = self._handlers[type(command)]
        return cast(Result, await undisturbed(lambda: handler(command), self._pause))
