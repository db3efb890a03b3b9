"""The outbox on SQLite."""

import json
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.outbox_rows import addressable
from emo_grpc.shared.adapters.sqlite.added_columns import AddedColumn
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import Row, all_rows, changed_rows
from emo_grpc.shared.adapters.times import readable_time
from emo_grpc.shared.service_layer.outbox import STRAY_AFTER, Backlog, OutboxRow, Subscriptions, pairs_of

T = TypeVar("T")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS outbox (
    row_id TEXT PRIMARY KEY,
    handler TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event TEXT NOT NULL,
    due_time TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    is_dead INTEGER NOT NULL DEFAULT 0,
    traceparent TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_by_due_time ON outbox (is_dead, due_time);
"""
ADDED: Final = (AddedColumn("outbox", "traceparent", "TEXT NOT NULL DEFAULT ''"),)
COLUMNS: Final = "row_id, handler, event_type, event, due_time, attempts, error, is_dead, traceparent"
# As text, an event with bytes that are no UTF-8 could be taken for another one.
READ: Final = COLUMNS.replace("event,", "CAST(event AS BLOB),")
LEASED: Final = "row_id = ? AND due_time = ? AND is_dead = 0"
DUE: Final = f"""
SELECT {READ} FROM outbox WHERE is_dead = 0 AND due_time <= ? AND (
    due_time <= ? OR (event_type, handler) IN (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
    )
) ORDER BY due_time LIMIT ?
"""  # noqa: S608 - our own column names
DEAD: Final = f"SELECT {READ} FROM outbox WHERE is_dead = 1 ORDER BY due_time LIMIT ?"  # noqa: S608 - as above
WAITING: Final = DEAD.replace("is_dead = 1", "is_dead = 0")
AFTER: Final = f"SELECT {READ} FROM outbox WHERE row_id > ? ORDER BY row_id LIMIT ?"  # noqa: S608 - as above
BACKLOG: Final = """
SELECT sum(is_dead = 0 AND attempts = 0), sum(is_dead = 0 AND attempts > 0), sum(is_dead = 1),
    min(CASE is_dead WHEN 0 THEN due_time END) FROM outbox
"""
BEFORE_ALL: Final = ""
AFTER_ALL: Final = "9999"
"""What all times are less than, as text."""
DROP_DEAD: Final = """
DELETE FROM outbox WHERE row_id IN (
    SELECT row_id FROM outbox WHERE is_dead = 1 AND due_time < ? AND instr(event, ?) > 0
    AND event_type IN (SELECT value FROM json_each(?)) LIMIT ?
)
"""


def insert_row(connection: sqlite3.Connection, codec: EventCodec, row: OutboxRow) -> bool:
    """Add a row inside the transaction of its aggregate; gives whether it was not there before."""
    event_type, event = codec.encode(row.event)
    due_time = row.due_time.isoformat()
    done = connection.execute(
        f"INSERT INTO outbox ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own column names
        " ON CONFLICT DO NOTHING",
        (str(row.row_id), row.handler, event_type, event, due_time, *_state(row)),
    )
    return done.rowcount == 1


class SqliteOutbox:
    """A lease is a due time in the future, so a crashed relay's rows come back by themselves."""

    def __init__(self, database: SqliteDatabase, codec: EventCodec) -> None:
        self._database = database
        self._codec = codec

    async def lease(
        self, subscriptions: Subscriptions, *, limit: int, now: datetime, leased_until: datetime
    ) -> list[OutboxRow]:
        """Take up to `limit` rows that are due, oldest first."""
        if not await self._database.read(lambda connection: _due(connection, subscriptions, now, 1)):
            return []

        def take(connection: sqlite3.Connection) -> list[Row]:
            rows = _due(connection, subscriptions, now, limit)
            connection.executemany(
                "UPDATE outbox SET due_time = ? WHERE row_id = ?",
                [(leased_until.isoformat(), row[0]) for row in rows],
            )
            return rows

        return [replace(row, due_time=leased_until) for row in self._rows(await self._transact(take))]

    async def done(self, row: OutboxRow) -> None:
        """Remove a row that was delivered."""
        await self._execute(f"DELETE FROM outbox WHERE {LEASED}", *_lease_of(row))  # noqa: S608 - as above

    async def postpone(self, row: OutboxRow, *, due_time: datetime, attempts: int, error: str) -> None:
        """Try again later."""
        await self._execute(
            f"UPDATE outbox SET due_time = ?, attempts = ?, error = ? WHERE {LEASED}",  # noqa: S608 - as above
            due_time.isoformat(), attempts, error, *_lease_of(row),
        )  # fmt: skip

    async def bury(self, row: OutboxRow, *, error: str) -> None:
        """Make a row a dead letter."""
        await self._execute(
            f"UPDATE outbox SET attempts = attempts + 1, is_dead = 1, error = ? WHERE {LEASED}",  # noqa: S608 - as above
            error, *_lease_of(row),
        )  # fmt: skip

    async def dead_letters(self, limit: int) -> list[OutboxRow]:
        """The oldest dead letters."""
        return self._rows(await self._database.read(all_rows(DEAD, limit)))

    async def waiting(self, limit: int) -> list[OutboxRow]:
        """Those that are no dead letters."""
        return self._rows(await self._database.read(all_rows(WAITING, limit)))

    async def backlog(self) -> Backlog:
        """What there is."""
        ((waiting, failing, dead, due_time),) = await self._database.read(all_rows(BACKLOG))
        return Backlog(waiting or 0, failing or 0, dead or 0, readable_time(due_time) if due_time else None)

    async def revive(self, row_id: UUID, *, now: datetime) -> bool:
        """Make a row due at once with no attempts."""
        return await self._execute(
            "UPDATE outbox SET is_dead = 0, attempts = 0, due_time = ? WHERE row_id = ?", now.isoformat(), str(row_id)
        ) == 1  # fmt: skip

    async def drop(self, row_id: UUID) -> bool:
        """Remove a row that is not to be delivered."""
        return await self._execute("DELETE FROM outbox WHERE row_id = ?", str(row_id)) == 1

    async def drop_dead(
        self, event_types: Collection[str], *, limit: int, before: datetime | None = None, naming: str = ""
    ) -> int:
        """Remove dead letters; the due time of one is the end of its last lease."""
        first = AFTER_ALL if before is None else before.isoformat()
        return await self._execute(DROP_DEAD, first, naming, json.dumps(list(event_types)), limit)

    async def rows(self, after: UUID | None, limit: int) -> list[OutboxRow]:
        """The next rows in order of their ids."""
        first = BEFORE_ALL if after is None else str(after)
        return self._rows(await self._database.read(all_rows(AFTER, first, limit)))

    async def import_row(self, row: OutboxRow) -> bool:
        """Keep a row of another outbox."""
        return await self._transact(lambda connection: insert_row(connection, self._codec, row))

    async def _execute(self, sql: str, *values: str | int) -> int:
        return await self._transact(changed_rows(sql, *values))

    async def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        async with self._database.transaction() as transaction:
            result = await transaction.run(work)
            await transaction.commit()
            return result

    def _rows(self, rows: list[Row]) -> list[OutboxRow]:
        return list(addressable(rows, self._row))

    def _row(self, row: Row) -> OutboxRow:
        row_id, handler, event_type, event, due_time, attempts, error, is_dead, traceparent = row
        return OutboxRow(
            row_id=UUID(row_id),
            handler=handler,
            event=self._codec.decode(event_type, event),
            due_time=readable_time(due_time),
            attempts=attempts,
            error=error,
            is_dead=bool(is_dead),
            traceparent=traceparent,
        )


def _state(row: OutboxRow) -> tuple[int, str, int, str]:
    return row.attempts, row.error, int(row.is_dead), row.traceparent


def _lease_of(row: OutboxRow) -> tuple[str, str]:
    return str(row.row_id), row.due_time.isoformat()


def _due(connection: sqlite3.Connection, subscriptions: Subscriptions, now: datetime, limit: int) -> list[Row]:
    pairs = json.dumps(sorted(pairs_of(subscriptions)))
    return connection.execute(DUE, (now.isoformat(), (now - STRAY_AFTER).isoformat(), pairs, limit)).fetchall()
