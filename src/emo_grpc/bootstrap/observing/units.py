"""Units of work that are watched."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from emo_grpc.bootstrap.observing.ports import observed_port
from emo_grpc.shared.service_layer.observing import Observer, Work, WorkKind
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork

Unit = TypeVar("Unit", bound=UnitOfWork)


def observed_units(units: Callable[[], Unit], context: str, engine: str, observer: Observer) -> Callable[[], Unit]:
    """Have each unit of work watched from its beginning to its end, and within it its commit and its store calls."""
    whole, commit = Work(WorkKind.UNIT_OF_WORK, context, engine), Work(WorkKind.COMMIT, context, engine)
    return lambda: cast(Unit, ObservedUnitOfWork(units(), whole, commit, observer))


class ObservedUnitOfWork:
    """Stands for a unit of work; its repositories stand for those of the unit."""

    def __init__(self, unit: UnitOfWork, whole: Work, commit: Work, observer: Observer) -> None:
        self._unit = unit
        self._whole = whole
        self._commit = commit
        self._observer = observer

    async def __aenter__(self) -> Self:
        self._watching: AbstractContextManager[None] = self._observer(self._whole)
        self._watching.__enter__()
        try:
            await self._unit.__aenter__()
        except BaseException:
            self._watching.__exit__(*sys.exc_info())
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._unit.__aexit__(kind, error, trace)
        finally:
            self._watching.__exit__(kind, error, trace)

    async def commit(self) -> None:
        """See UnitOfWork."""
        with self._observer(self._commit):
            await self._unit.commit()

    # Any: each context has repositories of its own.
    def __getattr__(self, name: str) -> Any:
        found = getattr(self._unit, name)
        if callable(found):
            return found
        port = observed_port(found, name, self._whole.engine, self._observer)
        setattr(self, name, port)
        return port
