"""A SQLite database in memory."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction

T = TypeVar("T")


class InMemorySqliteDatabase(SqliteDatabase):
    """Gone when it is closed. One connection, on the loop's own thread: its SQL waits for no disk and for no lock.

    A file gives readers a snapshot; here they wait until the transaction under way is over (docs/adr/0027). So a query
    inside of a transaction would wait for itself, and raises RuntimeError.
    """

    def __init__(self, schemas: Sequence[str]) -> None:
        super().__init__(Path(":memory:"), schemas, shares_commits=False)  # there is no disk to wait for
        self._holder: asyncio.Task[object] | None = None

    async def close(self) -> None:
        """Forget everything."""
        self._close_connections()

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query on what is committed."""
        if not self._is_in_transaction:
            return await self.run_on_writer(partial(_read_only, query))
        if self._holder is asyncio.current_task():
            raise RuntimeError("a query inside of a transaction would wait for itself")
        async with self._turns.alone():
            return await self.run_on_writer(partial(_read_only, query))

    look_up = read

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """Have the database to oneself; what was not committed at the end is undone, also when cancelled."""
        async with super().transaction() as transaction:
            self._holder = asyncio.current_task()
            try:
                await transaction.run(_nothing)  # from now on, readers wait
                yield transaction
            finally:
                self._holder = None

    async def _on_writer_thread(self, job: Callable[[], T]) -> T:
        return job()

    @property
    def _is_in_transaction(self) -> bool:
        return self._writer is not None and self._writer.in_transaction

    def _open(self) -> None:
        self._open_writer()
        # What sorts much would else do so in a temporary file.
        self._connections[0].execute("PRAGMA temp_store = MEMORY")


def _nothing(_: sqlite3.Connection) -> None:
    """What begins a transaction."""


def _read_only(query: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    connection.execute("PRAGMA query_only = ON")
    try:
        return query(connection)
    finally:
        connection.execute("PRAGMA query_only = OFF")
