"""What can be read of the trail, on SQLite's readers."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from emo_grpc.audit.adapters.documents.entry import Known, KnownSubject, event_of
from emo_grpc.audit.adapters.documents.id_range import id_range
from emo_grpc.audit.domain.selection import Party, Selection
from emo_grpc.audit.service_layer.views import AuditEvent
from emo_grpc.shared.adapters.audit_documents import subject_digest
from emo_grpc.shared.adapters.json_documents import parse_document
from emo_grpc.shared.adapters.schema_versions import Raw
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import Value
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page, after_cursor, page_of

PSEUDONYM: Final = "SELECT pseudonym FROM audit_subjects WHERE digest = ?"
SUBJECTS: Final = """
SELECT pseudonym, user_id, key FROM audit_subjects WHERE pseudonym IN (SELECT value FROM json_each(?))
"""


class SqliteAuditViews:
    """Each page is one snapshot."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def events(self, selection: Selection, *, limit: int, after: Cursor | None = None) -> Page[AuditEvent]:
        """A page of what is selected."""

        def read(connection: sqlite3.Connection) -> Page[AuditEvent]:
            party = selection.party
            name = _name(connection, party) if party else ""
            if name is None:
                return Page([], None)
            values: list[Value] = [*([name] if party else []), *([selection.kind] if selection.kind else [])]
            values += [*id_range(selection, after_cursor(after)), limit + 1]
            rows = connection.execute(page_sql(selection), values).fetchall()
            known = _known(connection, {pseudonym for row in rows for pseudonym in row[1:3] if pseudonym})
            events = [event_of(entry_id, raw_document(document), known) for entry_id, _, _, document in rows]
            return page_of(events, limit)

        return await self._database.read(read)


def page_sql(selection: Selection) -> str:
    """SQL; which index it takes follows from what is compared."""
    side = selection.party.side if selection.party else None
    conditions = [
        *([f"{side} <> '' AND {side} = ?"] if side else []),
        *(["kind = ?"] if selection.kind else []),
        "entry_id >= ? AND entry_id < ?",
    ]
    return (
        "SELECT entry_id, account, actor, CAST(document AS BLOB) FROM audit_entries"  # noqa: S608 - our own names
        f" WHERE {' AND '.join(conditions)} ORDER BY entry_id DESC LIMIT ?"
    )


def _name(connection: sqlite3.Connection, party: Party) -> str | None:
    """How entries call it; None if they don't, or not any more."""
    if not isinstance(party.identity, UserId):
        return str(party.identity)
    row = connection.execute(PSEUDONYM, (subject_digest(party.identity),)).fetchone()
    return row[0] if row else None


def _known(connection: sqlite3.Connection, pseudonyms: Iterable[str]) -> Known:
    rows = connection.execute(SUBJECTS, (json.dumps(sorted(pseudonyms)),)).fetchall()
    return {pseudonym: KnownSubject(UserId(UUID(user_id)), key) for pseudonym, user_id, key in rows}


def raw_document(document: bytes) -> Raw | None:
    """What is stored, or None if it is no document."""
    try:
        raw = parse_document(document)
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) else None
