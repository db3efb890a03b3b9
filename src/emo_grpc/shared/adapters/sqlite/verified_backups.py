"""The latest verified backup, on SQLite."""

from typing import Final

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import changed_rows, first_row
from emo_grpc.shared.adapters.times import readable_time, time_text
from emo_grpc.shared.service_layer.verified_backups import VerifiedBackup

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS verified_backups (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    backup_id TEXT NOT NULL,
    create_time TEXT NOT NULL,
    verify_time TEXT NOT NULL
) STRICT;
"""
NOTE: Final = """
INSERT INTO verified_backups (only, backup_id, create_time, verify_time) VALUES (1, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    backup_id = excluded.backup_id, create_time = excluded.create_time, verify_time = excluded.verify_time
    WHERE excluded.create_time >= create_time
"""
LATEST: Final = "SELECT backup_id, create_time, verify_time FROM verified_backups"


class SqliteVerifiedBackups:
    """A table of one row."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def note(self, backup: VerifiedBackup) -> None:
        """Remember it, unless a later one is known."""
        values = (backup.backup_id, time_text(backup.create_time), time_text(backup.verify_time))
        async with self._database.transaction() as transaction:
            await transaction.run(changed_rows(NOTE, *values))
            await transaction.commit()

    async def latest(self) -> VerifiedBackup | None:
        """The row."""
        row = await self._database.look_up(first_row(LATEST))
        return None if row is None else VerifiedBackup(row[0], readable_time(row[1]), readable_time(row[2]))
