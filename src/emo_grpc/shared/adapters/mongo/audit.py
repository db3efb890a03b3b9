"""The audit trail on MongoDB."""

from typing import Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel

from emo_grpc.shared.adapters.audit_documents import AuditSubject, entry_to_document, other_actor, subject_digest
from emo_grpc.shared.adapters.audit_trail import DocumentAuditTrail
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock

SUBJECTS: Final = "audit_subjects"
ENTRIES: Final = "audit_entries"

BY_ID: Final = [("_id", ASCENDING)]
BY_KIND: Final = [("kind", ASCENDING), *BY_ID]
BY_ACCOUNT: Final = [("account", ASCENDING), *BY_ID]
BY_ACCOUNT_AND_KIND: Final = [("account", ASCENDING), *BY_KIND]
BY_ACTOR: Final = [("actor", ASCENDING), *BY_ID]
BY_ACTOR_AND_KIND: Final = [("actor", ASCENDING), *BY_KIND]

_WITH_ACCOUNT: Final[Document] = {"account": {"$exists": True}}
_WITH_ACTOR: Final[Document] = {"actor": {"$exists": True}}

INDEXES: Final = {
    SUBJECTS: [
        IndexModel([("pseudonym", ASCENDING)], unique=True, partialFilterExpression={"pseudonym": {"$exists": True}})
    ],
    ENTRIES: [
        IndexModel(BY_KIND),
        IndexModel(BY_ACCOUNT, partialFilterExpression=_WITH_ACCOUNT),
        IndexModel(BY_ACCOUNT_AND_KIND, partialFilterExpression=_WITH_ACCOUNT),
        IndexModel(BY_ACTOR, partialFilterExpression=_WITH_ACTOR),
        IndexModel(BY_ACTOR_AND_KIND, partialFilterExpression=_WITH_ACTOR),
    ],
}


class MongoAuditTrail(DocumentAuditTrail):
    """Needs no more than `insert` and `find` of the entries; docs/security.md has a role that gives no more."""

    def __init__(self, transaction: MongoTransaction, clock: Clock) -> None:
        super().__init__(clock)
        self._transaction = transaction

    async def add(self, entry: AuditEntry) -> None:
        """Add an entry. Of two units that make the same subject, or forget it, one meets ConcurrentChange."""
        subjects = {user_id: await self._subject(user_id) for user_id in entry.users}
        document = entry_to_document(entry, subjects)
        record: Document = {"_id": document["entry_id"], "kind": document["kind"], "document": document}
        if document["account"]:
            record["account"] = document["account"]
        if actor := other_actor(document):
            record["actor"] = actor
        with translated():
            await self._transaction.collection(ENTRIES).insert_one(record, session=self._transaction.session)

    async def forget(self, user_id: UserId) -> None:
        """Leave an empty document under its digest."""
        with translated_unique():
            await self._transaction.collection(SUBJECTS).replace_one(
                {"_id": subject_digest(user_id)}, {}, upsert=True, session=self._transaction.session
            )

    async def _subject(self, user_id: UserId) -> AuditSubject | None:
        digest, session = subject_digest(user_id), self._transaction.session
        subjects = self._transaction.collection(SUBJECTS)
        with translated_unique():
            found = await subjects.find_one({"_id": digest}, session=session)
            if found is not None:
                return AuditSubject(UUID(found["pseudonym"]), found["key"]) if "pseudonym" in found else None
            subject = AuditSubject.new()
            made = {"user_id": str(user_id), "pseudonym": str(subject.pseudonym), "key": subject.key}
            await subjects.insert_one({"_id": digest, **made}, session=session)
            return subject
