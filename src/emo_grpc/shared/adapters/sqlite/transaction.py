"""One write transaction on a SQLite file."""

import asyncio
import sqlite3
from collections.abc import Callable
from enum import Enum, auto
from typing import TypeVar

from emo_grpc.shared.adapters.sqlite.turns import OnWriter, WriterTurns
from emo_grpc.shared.domain.errors import Unavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], object]


class _State(Enum):
    """How far the writer's thread has come with it."""

    NEW = auto()
    BEGUN = auto()
    LEFT_TO_OTHERS = auto()
    """Its changes are in a transaction of SQLite that others go on with, and will be committed with theirs."""
    COMMITTED = auto()


class SqliteTransaction:
    """A write transaction under way; it takes the file's lock with its first SQL.

    Each way to the writer's thread and back costs more than most SQL. So what nobody waits for goes with the next piece
    of SQL, and what undoes nothing is not asked for.
    """

    def __init__(self, on_writer: OnWriter, turns: WriterTurns) -> None:
        self._on_writer = on_writer
        self._turns = turns
        self._joined = turns.outcome
        self._later: list[Work] = []
        self._broken: Exception | None = None
        self._state = _State.NEW
        self._is_cut_off = False
        self._is_over = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run SQL inside the transaction; never outside of it, where it would be kept at once."""
        self._check_open()

        def inside(connection: sqlite3.Connection) -> T:
            self._catch_up(connection)
            return work(connection)

        return await self._on_thread(inside)

    def later(self, work: Work) -> None:
        """Run SQL before the next that runs, or with the commit; its errors come from there."""
        self._check_open()
        self._later.append(work)

    async def commit(self) -> None:
        """Make it durable. It is over then."""
        self._check_open()
        await self._on_thread(self._leave if self._turns.may_share else self._commit)
        await self.end()

    async def end(self) -> None:
        """End it: roll back what was not committed, and wait until all that it saw is durable. May be repeated."""
        if self._is_over:
            return
        self._is_over = True
        try:
            if self._state is _State.BEGUN or self._is_cut_off:
                await self._on_writer(self._undo)
            if self._state is _State.COMMITTED:
                self._turns.committed()
            elif self._state is _State.LEFT_TO_OTHERS:
                self._joined = self._turns.leave_commit()
        finally:
            self._turns.give()
        if self._joined is not None and self._state is not _State.NEW:
            await asyncio.shield(self._joined)

    async def _on_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._on_writer(work)
        except asyncio.CancelledError:
            self._is_cut_off = True  # the thread may be at it all the same, and is asked once more how far it came
            raise

    def _check_open(self) -> None:
        if self._is_over:
            raise RuntimeError("this transaction is over")

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        if self._broken is not None:
            raise self._broken
        self._begin(connection)
        later, self._later = self._later, []
        try:
            for work in later:
                work(connection)
        except Exception as error:
            self._broken = error  # what is missing now must not be committed without
            raise

    def _begin(self, connection: sqlite3.Connection) -> None:
        is_new = self._state is _State.NEW
        if (self._joined is not None or not is_new) and not connection.in_transaction:
            # SQLite itself undoes one when its disk is full.
            raise Unavailable("the database undid the transaction")
        if is_new:
            connection.execute("BEGIN IMMEDIATE" if self._joined is None else "SAVEPOINT unit")
            self._state = _State.BEGUN

    def _leave(self, connection: sqlite3.Connection) -> None:
        self._catch_up(connection)
        if self._joined is not None:
            connection.execute("RELEASE unit")
        self._state = _State.LEFT_TO_OTHERS

    def _commit(self, connection: sqlite3.Connection) -> None:
        self._catch_up(connection)
        connection.execute("COMMIT")
        self._state = _State.COMMITTED

    def _undo(self, connection: sqlite3.Connection) -> None:
        if self._state is not _State.BEGUN:
            return
        if self._joined is None:
            connection.rollback()
        elif connection.in_transaction:
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
