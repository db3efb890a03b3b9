"""What watches the work that is done, to measure it or to trace it. By default nothing does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class WorkKind(StrEnum):
    """What is watched."""

    COMMAND = "command"
    UNIT_OF_WORK = "unit of work"
    COMMIT = "commit"
    STORE = "store"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work. No field holds an id or anything of a person, so there are few different ones.

    `name`: of a command its type; of a store call the port and its operation (`assets.get`, `blobs.complete`); of a
    unit of work and its commit the context; of a delivery the event's type and its handler. `engine` is what does it:
    SQLite, MongoDB, folder, memory or S3. `cause`: the traceparent of what caused a delivery, see `tracing`.
    `is_frequent`: one call may do it for each MiB of a file.
    """

    kind: WorkKind
    name: str
    engine: str = ""
    cause: str = ""
    is_frequent: bool = False


Observer = Callable[[Work], AbstractContextManager[None]]
"""Gives what is entered when the work begins, and left, perhaps with its error, when it ends. In the task, or on the
thread, that does it. It raises nothing, and swallows no error."""

_NOTHING: Final = nullcontext()


def unobserved(_: Work) -> AbstractContextManager[None]:
    """Nothing watches."""
    return _NOTHING


def all_observers(observers: Sequence[Observer]) -> Observer | None:
    """Several as one, the first outermost; None of none, so that nothing has to be wrapped."""
    if len(observers) < 2:
        return observers[0] if observers else None

    @contextmanager
    def observe(work: Work) -> Iterator[None]:
        with ExitStack() as watching:
            for observer in observers:
                watching.enter_context(observer(work))
            yield

    return observe
