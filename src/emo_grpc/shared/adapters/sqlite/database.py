"""One SQLite file: a writer of its own, and readers beside it."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder
from emo_grpc.shared.adapters.sqlite.added_columns import AddedColumn, add_missing
from emo_grpc.shared.adapters.sqlite.errors import meaning, translated
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.sqlite.turns import WriterTurns, heard
from emo_grpc.shared.domain.errors import Unavailable

T = TypeVar("T")

BUSY_TIMEOUT_MS: Final = 5_000
CHECKPOINT_TIMEOUT_MS: Final = 50
READERS: Final = 2


class SqliteDatabase:
    """A database file in WAL mode; a commit that returned survives a power cut (synchronous FULL).

    Transactions that wait for each other share their COMMIT, see WriterTurns, unless `shares_commits` is False.
    At `open` earlier tables get what was `added` to them; then `schemas` are run, scripts of CREATE … IF NOT EXISTS.
    All SQL but `look_up` runs on threads.
    """

    def __init__(
        self, path: Path, schemas: Sequence[str], added: Sequence[AddedColumn] = (), *, shares_commits: bool = True
    ) -> None:
        self._path = path
        self._schemas = schemas
        self._added = added
        self._turns = WriterTurns(self.run_on_writer, shares_commits=shares_commits)
        self._writer_thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._reader_threads = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Make the file and its tables where they are missing."""
        await self._on_writer_thread(self._open)

    async def close(self) -> None:
        """Finish what runs and let go of the file."""
        await self._turns.settled()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._reader_threads.shutdown)
        await loop.run_in_executor(None, self._writer_thread.shutdown)
        self._close_connections()

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query on a snapshot of what is committed."""
        return await asyncio.get_running_loop().run_in_executor(self._reader_threads, self._read, query)

    async def look_up(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run one statement that reads a few pages by a key, on a snapshot of what is committed.

        It runs on the loop's own thread: handing it to another costs ten times what it takes (docs/adr/0003).
        """
        try:
            return query(self._reader())
        except sqlite3.Error as error:
            raise meaning(error) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """Have the writer to oneself; what was not committed at the end is undone, also when cancelled."""
        await self._turns.take()
        transaction = SqliteTransaction(self.run_on_writer, self._turns)
        try:
            yield transaction
        finally:
            # Also if this task is cancelled once more, the turn ends only after the undoing.
            ending = asyncio.create_task(transaction.end())
            ending.add_done_callback(heard)
            await asyncio.shield(ending)

    async def empty_wal(self) -> bool:
        """Move what the WAL holds into the file, and cut it to nothing, so that old pages are nowhere any more.

        Gives whether that was possible: a reader or another process may be in the way. Writers wait for them no longer
        than 50 ms, and otherwise as long as it takes to copy the WAL, which is a few MiB.
        """
        async with self._turns.alone():
            return await self.run_on_writer(_empty_wal)

    async def run_on_writer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run SQL on the writer's connection; inside of a transaction, or while there is none."""

        def job() -> T:
            if self._writer is None:
                raise Unavailable("the database is closed")
            with translated():
                return work(self._writer)

        return await self._on_writer_thread(job)

    async def _on_writer_thread(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer_thread, job)

    def _open(self) -> None:
        with translated():
            make_folder(self._path.parent)
            self._open_writer()

    def _open_writer(self) -> None:
        self._writer = self._connect()
        add_missing(self._writer, self._added)  # first, as schemas have indexes over them
        for schema in self._schemas:
            self._writer.executescript(schema)

    def _close_connections(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._writer = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000
        )
        # Else one damaged text fails a whole query. Documents are read as bytes, where no damage is mended.
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Overwrites what is deleted, wrapped keys above all; builds differ in their default. It costs no measurable
        # time. Old pages stay in the WAL until it is written over, truncated by a checkpoint, or closed.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA mmap_size = 268435456")
        self._connections.append(connection)
        return connection

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        with translated():
            connection = self._reader()
            connection.execute("BEGIN")  # several statements of one query see one snapshot
            try:
                return query(connection)
            finally:
                connection.rollback()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "reader", None)
        if connection is None:
            connection = self._own.reader = self._connect()
            connection.execute("PRAGMA query_only = ON")
        return connection


def _empty_wal(connection: sqlite3.Connection) -> bool:
    connection.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
    try:
        (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
