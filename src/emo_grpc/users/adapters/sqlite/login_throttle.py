"""Failed logins on SQLite. The table is in the schema of this context."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import changed_rows, first_row
from emo_grpc.shared.adapters.times import readable_time, time_text
from emo_grpc.users.adapters.documents.throttle_records import failures_of
from emo_grpc.users.domain.throttling import Failures, ThrottleKey, count_attempt, take_back

FIND: Final = "SELECT count, window_start, blocked_until FROM login_failures WHERE digest = ?"
STORE: Final = """
INSERT OR REPLACE INTO login_failures (digest, count, window_start, blocked_until, forget_time) VALUES (?, ?, ?, ?, ?)
"""
FORGET: Final = "DELETE FROM login_failures WHERE digest = ?"
SWEEP: Final = """
DELETE FROM login_failures WHERE digest IN (SELECT digest FROM login_failures WHERE forget_time <= ? LIMIT ?)
"""
SWEPT_BY_ATTEMPT: Final = 100
FIND_FAMILIAR: Final = "SELECT forget_time FROM familiar_peers WHERE digest = ?"
REMEMBER: Final = "INSERT OR REPLACE INTO familiar_peers (digest, forget_time) VALUES (?, ?)"
SWEEP_FAMILIAR: Final = """
DELETE FROM familiar_peers WHERE digest IN (SELECT digest FROM familiar_peers WHERE forget_time <= ? LIMIT ?)
"""


class SqliteLoginThrottle:
    """Every attempt also sweeps what is too old to matter, so the table stays as small as the present attack."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def attempt(self, keys: Sequence[ThrottleKey], now: datetime) -> None:
        """Count an attempt as failed under all keys, or under none."""

        def count(connection: sqlite3.Connection) -> None:
            connection.execute(SWEEP, (time_text(now), SWEPT_BY_ATTEMPT))
            for key in keys:
                _store(connection, key, count_attempt(_find(connection, key), key, now))

        async with self._database.transaction() as transaction:
            await transaction.run(count)
            await transaction.commit()

    async def succeeded(self, keys: Sequence[ThrottleKey]) -> None:
        """Take it back."""

        def forgive(connection: sqlite3.Connection) -> None:
            for key in keys:
                left = take_back(_find(connection, key), key)
                if left is None:
                    connection.execute(FORGET, (key.digest,))
                else:
                    _store(connection, key, left)

        async with self._database.transaction() as transaction:
            await transaction.run(forgive)
            await transaction.commit()

    async def familiar_until(self, key: ThrottleKey) -> datetime | None:
        """Until when it is remembered."""
        row = await self._database.look_up(first_row(FIND_FAMILIAR, key.digest))
        return readable_time(row[0]) if row else None

    async def remember(self, key: ThrottleKey, until: datetime) -> None:
        """Remember it."""
        async with self._database.transaction() as transaction:
            await transaction.run(changed_rows(REMEMBER, key.digest, time_text(until)))
            await transaction.commit()

    async def forget(self, now: datetime, limit: int) -> int:
        """Drop old counts and memories."""
        sweeps = [changed_rows(statement, time_text(now), limit) for statement in (SWEEP, SWEEP_FAMILIAR)]
        async with self._database.transaction() as transaction:
            count = await transaction.run(lambda connection: sum(sweep(connection) for sweep in sweeps))
            await transaction.commit()
            return count


def _find(connection: sqlite3.Connection, key: ThrottleKey) -> Failures | None:
    row = connection.execute(FIND, (key.digest,)).fetchone()
    return failures_of(*row) if row else None


def _store(connection: sqlite3.Connection, key: ThrottleKey, failures: Failures) -> None:
    blocked_until = time_text(failures.blocked_until) if failures.blocked_until else None
    times = (time_text(failures.window_start), blocked_until, time_text(failures.forget_time))
    connection.execute(STORE, (key.digest, failures.count, *times))
