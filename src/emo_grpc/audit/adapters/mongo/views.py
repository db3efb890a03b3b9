"""What can be read of the trail, on MongoDB."""

from collections.abc import Iterable
from uuid import UUID

from pymongo import DESCENDING

from emo_grpc.audit.adapters.documents.entry import Known, KnownSubject, event_of
from emo_grpc.audit.adapters.documents.id_range import id_range
from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.audit.service_layer.views import AuditEvent
from emo_grpc.shared.adapters.audit_documents import subject_digest
from emo_grpc.shared.adapters.mongo import audit
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page, after_cursor, page_of


class MongoAuditViews:
    """Reads what a majority has: the entries, and then what is known of their accounts."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def events(self, selection: Selection, *, limit: int, after: Cursor | None = None) -> Page[AuditEvent]:
        """A page of what is selected."""
        lowest, end = id_range(selection, after_cursor(after))
        wanted: Document = {"_id": {"$gte": lowest, "$lt": end}}
        if selection.kind:
            wanted["kind"] = str(selection.kind)
        if selection.party:
            name = await self._name(selection.party)
            if name is None:
                return Page([], None)
            wanted[selection.party.side] = name
        with translated():
            entries = self._database.collection(audit.ENTRIES).find(wanted).hint(_index(selection))
            records = await up_to(limit + 1, entries.sort("_id", DESCENDING))
        known = await self._known({record[side] for record in records for side in Side if side in record})
        return page_of([event_of(record["_id"], _raw(record), known) for record in records], limit)

    async def _name(self, party: Party) -> str | None:
        """How entries call it; None if they don't, or not any more."""
        if not isinstance(party.identity, UserId):
            return str(party.identity)
        with translated():
            subjects = self._database.collection(audit.SUBJECTS)
            found = await subjects.find_one({"_id": subject_digest(party.identity)}, {"pseudonym": True})
        return found.get("pseudonym") if found else None

    async def _known(self, pseudonyms: Iterable[str]) -> Known:
        with translated():
            found = self._database.collection(audit.SUBJECTS).find({"pseudonym": {"$in": list(pseudonyms)}})
            subjects = await found.to_list()
        return {each["pseudonym"]: KnownSubject(UserId(UUID(each["user_id"])), each["key"]) for each in subjects}


def _index(selection: Selection) -> list[tuple[str, int]]:
    has_kind = selection.kind is not None
    if selection.party is None:
        return audit.BY_KIND if has_kind else audit.BY_ID
    if selection.party.side is Side.ACCOUNT:
        return audit.BY_ACCOUNT_AND_KIND if has_kind else audit.BY_ACCOUNT
    return audit.BY_ACTOR_AND_KIND if has_kind else audit.BY_ACTOR


def _raw(record: Document) -> Document | None:
    document = record.get("document")
    return document if isinstance(document, dict) else None
