"""The audit trail on SQLite."""

import json
import sqlite3
from functools import partial
from typing import Final
from uuid import UUID

from emo_grpc.shared.adapters.audit_documents import AuditSubject, entry_to_document, other_actor, subject_digest
from emo_grpc.shared.adapters.audit_trail import DocumentAuditTrail
from emo_grpc.shared.adapters.sqlite.statements import changed_rows
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS audit_subjects (
    digest TEXT PRIMARY KEY,
    user_id TEXT,
    pseudonym TEXT,
    key BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS audit_subjects_by_pseudonym ON audit_subjects (pseudonym)
    WHERE pseudonym IS NOT NULL;
CREATE TABLE IF NOT EXISTS audit_entries (
    entry_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    actor TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audit_entries_by_kind ON audit_entries (kind, entry_id);
CREATE INDEX IF NOT EXISTS audit_entries_by_account ON audit_entries (account, entry_id) WHERE account <> '';
CREATE INDEX IF NOT EXISTS audit_entries_by_account_and_kind ON audit_entries (account, kind, entry_id)
    WHERE account <> '';
CREATE INDEX IF NOT EXISTS audit_entries_by_actor ON audit_entries (actor, entry_id) WHERE actor <> '';
CREATE INDEX IF NOT EXISTS audit_entries_by_actor_and_kind ON audit_entries (actor, kind, entry_id) WHERE actor <> '';
CREATE TRIGGER IF NOT EXISTS audit_entries_never_change BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'an audit entry never changes'); END;
CREATE TRIGGER IF NOT EXISTS audit_entries_are_not_replaced BEFORE INSERT ON audit_entries
    WHEN EXISTS (SELECT 1 FROM audit_entries WHERE entry_id = NEW.entry_id)
    BEGIN SELECT RAISE(ABORT, 'an audit entry is never replaced'); END;
CREATE TRIGGER IF NOT EXISTS audit_entries_stay BEFORE DELETE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END;
"""
FIND: Final = "SELECT pseudonym, key FROM audit_subjects WHERE digest = ?"
MAKE: Final = "INSERT INTO audit_subjects (digest, user_id, pseudonym, key) VALUES (?, ?, ?, ?)"
FORGET: Final = """
INSERT INTO audit_subjects (digest) VALUES (?)
ON CONFLICT DO UPDATE SET user_id = NULL, pseudonym = NULL, key = NULL
"""
INSERT: Final = "INSERT INTO audit_entries (entry_id, kind, account, actor, document) VALUES (?, ?, ?, ?, ?)"


class SqliteAuditTrail(DocumentAuditTrail):
    """Triggers refuse every statement that would change or delete an entry. Of `actor` only others are in a column.

    Most entries are of users about themselves, and `account` finds them.
    """

    def __init__(self, transaction: SqliteTransaction, clock: Clock) -> None:
        super().__init__(clock)
        self._transaction = transaction

    async def add(self, entry: AuditEntry) -> None:
        """Add an entry."""
        self._transaction.later(partial(_add, entry))

    async def forget(self, user_id: UserId) -> None:
        """Wipe the row of the subject."""
        await self._transaction.run(changed_rows(FORGET, subject_digest(user_id)))


def _add(entry: AuditEntry, connection: sqlite3.Connection) -> None:
    document = entry_to_document(entry, {user_id: _subject(connection, user_id) for user_id in entry.users})
    text = json.dumps(document, separators=(",", ":"))
    columns = (document["entry_id"], document["kind"], document["account"], other_actor(document))
    connection.execute(INSERT, (*columns, text))


def _subject(connection: sqlite3.Connection, user_id: UserId) -> AuditSubject | None:
    digest = subject_digest(user_id)
    row = connection.execute(FIND, (digest,)).fetchone()
    if row is not None:
        return AuditSubject(UUID(row[0]), row[1]) if row[0] else None
    subject = AuditSubject.new()
    connection.execute(MAKE, (digest, str(user_id), str(subject.pseudonym), subject.key))
    return subject
