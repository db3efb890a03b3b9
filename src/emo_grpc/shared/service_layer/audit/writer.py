"""Stores entries that belong to no change."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.service_layer.audit.allowance import AuditAllowance
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork

BATCH: Final = 100
"""Entries of a transaction."""

Lost = Callable[[Exception, int], None]
"""Is told why refusals were not stored, and how many."""


class Refusals(Protocol):
    """The port of entries of what was refused: it changed nothing, so nothing waits for them.

    So many are stored of one account, and of all, and so they take no more room than they are worth; the others are
    counted.
    """

    def note(self, entry: AuditEntry) -> None:
        """Store it soon, in order; what is too much is counted. What is on its way when the process dies is lost."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: AuditEntry
    stored: "asyncio.Future[None] | None"


class AuditWriter:
    """Those that come while a transaction is under way are stored together with the next."""

    def __init__(self, units: Callable[[], UnitOfWork], allowance: AuditAllowance, lost: Lost) -> None:
        self._units = units
        self._allowance = allowance
        self._lost = lost
        self._retries = ConflictRetries()
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, entry: AuditEntry) -> None:
        """Store it; raises what a unit of work does."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(_Waiting(entry, stored))
        await stored

    def note(self, entry: AuditEntry) -> None:
        """As `Refusals` has it."""
        if self._allowance.has_room_for(entry):
            self._add(_Waiting(entry, None))

    def sum_up(self) -> None:
        """Store soon what was only counted since the last time."""
        for entry in self._allowance.take_counted():
            self._add(_Waiting(entry, None))

    async def settled(self) -> None:
        """Wait until all that has come is stored, or can't be."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    def _add(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            # In a context of its own: the call that is under way here has nothing to do with the entries of others.
            self._writing = asyncio.get_running_loop().create_task(self._write_all(), context=Context())

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await self._retries.run(partial(self._store, [each.entry for each in batch]))
            except Exception as error:  # whatever it is, those who wait are to know
                self._fail(batch, error)
            else:
                for each in batch:
                    if each.stored is not None and not each.stored.done():
                        each.stored.set_result(None)

    async def _store(self, entries: Sequence[AuditEntry]) -> None:
        async with self._units() as unit:
            for entry in entries:
                await unit.audit.add(entry)
            await unit.commit()

    def _fail(self, batch: Sequence[_Waiting], error: Exception) -> None:
        for each in batch:
            if each.stored is not None and not each.stored.done():
                each.stored.set_exception(error)
        if noted := sum(each.stored is None for each in batch):
            self._lost(error, noted)
