"""Ports whose calls are watched."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from emo_grpc.shared.service_layer.observing import Observer, Work, WorkKind

Port = TypeVar("Port")


def observed_port(port: Port, name: str, engine: str, observer: Observer) -> Port:
    """The port, with each of its coroutines watched as a store call `name.method`; all else of it is as it was."""
    return cast(Port, ObservedPort(port, name, engine, observer))


class ObservedPort:
    """Stands for a port. What is asked of it is wrapped once, and found without a detour from then on."""

    def __init__(self, port: object, name: str, engine: str, observer: Observer) -> None:
        self._port = port
        self._name = name
        self._engine = engine
        self._observer = observer

    # Any, here and below: a port may have methods of whatever types.
    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if inspect.iscoroutinefunction(found):
            found = self._watched(name, found)
            setattr(self, name, found)
        return found

    def _watched(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        work, observer = Work(WorkKind.STORE, f"{self._name}.{name}", self._engine), self._observer

        async def watched(*args: Any, **named: Any) -> Any:
            with observer(work):
                return await call(*args, **named)

        return watched
