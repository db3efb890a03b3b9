"""The whole trail on SQLite."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from emo_grpc.audit.adapters.sqlite.views import raw_document
from emo_grpc.audit.service_layer.archive import ArchivedEntry, ArchivedSubject
from emo_grpc.shared.adapters.sqlite.audit import INSERT
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import all_rows

SUBJECTS: Final = """
SELECT digest, coalesce(user_id, ''), coalesce(pseudonym, ''), coalesce(key, x'') FROM audit_subjects
WHERE digest > ? ORDER BY digest LIMIT ?
"""
ENTRIES: Final = """
SELECT entry_id, kind, account, actor, CAST(document AS BLOB) FROM audit_entries
WHERE entry_id > ? ORDER BY entry_id LIMIT ?
"""
KEEP_SUBJECT: Final = """
INSERT OR REPLACE INTO audit_subjects (digest, user_id, pseudonym, key)
VALUES (?, nullif(?, ''), nullif(?, ''), nullif(?, x''))
"""
IS_THERE: Final = "SELECT 1 FROM audit_entries WHERE entry_id = ?"
BEFORE_ALL: Final = ""


class SqliteAuditArchive:
    """Each page is one statement."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def subjects(self, after: str | None, limit: int) -> list[ArchivedSubject]:
        """The next subjects."""
        rows = await self._database.read(all_rows(SUBJECTS, after or BEFORE_ALL, limit))
        return [ArchivedSubject(*row) for row in rows]

    async def entries(self, after: UUID | None, limit: int) -> list[ArchivedEntry]:
        """The next entries."""
        rows = await self._database.read(all_rows(ENTRIES, str(after or BEFORE_ALL), limit))
        return [
            ArchivedEntry(UUID(entry_id), kind, account, actor, raw_document(document))
            for entry_id, kind, account, actor, document in rows
        ]

    async def import_subjects(self, subjects: Sequence[ArchivedSubject]) -> None:
        """Keep them as they are."""
        rows = [(each.digest, each.user_id, each.pseudonym, each.key) for each in subjects]
        async with self._database.transaction() as transaction:
            await transaction.run(lambda connection: connection.executemany(KEEP_SUBJECT, rows))
            await transaction.commit()

    async def import_entries(self, entries: Sequence[ArchivedEntry]) -> int:
        """Add those that are not here yet."""

        def add(connection: sqlite3.Connection) -> int:
            new = [each for each in entries if not connection.execute(IS_THERE, (str(each.entry_id),)).fetchone()]
            connection.executemany(INSERT, map(_row, new))
            return len(new)

        async with self._database.transaction() as transaction:
            added = await transaction.run(add)
            await transaction.commit()
            return added


def _row(entry: ArchivedEntry) -> tuple[str, ...]:
    document = json.dumps(entry.document, separators=(",", ":"))
    return str(entry.entry_id), entry.kind, entry.account, entry.actor, document
