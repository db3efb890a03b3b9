"""SQLite databases for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase

Database = TypeVar("Database", bound=SqliteDatabase)


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Database]:
    """The database, open in this block."""
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def rows_in(database: SqliteDatabase, table: str) -> list[tuple[object, ...]]:
    """All that was committed to a table."""
    return await database.read(lambda connection: connection.execute(f"SELECT * FROM {table}").fetchall())


async def dumped(database: SqliteDatabase) -> str:
    """All that was committed, as SQL."""
    return await database.read(lambda connection: "\n".join(connection.iterdump()))
