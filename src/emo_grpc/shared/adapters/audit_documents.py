"""Entries of the audit trail as documents, the same in every database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import UUID, uuid4

from typing_extensions import TypedDict

from emo_grpc.shared.adapters.crypto.sealed_facts import Facts, new_key, seal_facts
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.domain.audit import AuditEntry
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.time_ordered_ids import time_ordered_id

ENTRY_VERSION: Final = 1
MAX_DETAILS: Final = 16
MAX_CHARACTERS: Final = 200
ORIGIN: Final = "origin"
DETAILS: Final = "details"


class AuditDocument(TypedDict):
    """An entry, version 1: JSON's own types. Entries are never rewritten, so every version is read for ever.

    `actor` is a pseudonym where `actor_kind` is user, else the id of a service account, or empty; `account` is a
    pseudonym, or empty. `origin` (peer, request_id) and `details` are objects, sealed for whom they tell of: the origin
    for the actor, or for the account where the actor is no user; the details for the account, or for the actor.
    They are plain where it is neither, and left out where they are of somebody who was removed before.
    """

    schema_version: int
    entry_id: str
    time: str
    kind: str
    actor_kind: str
    actor: str
    account: str
    method: str
    code: str
    reason: str
    origin: str | dict[str, str]
    details: str | dict[str, str]


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """An account as entries know it: by a random pseudonym, with a key that goes with the account."""

    pseudonym: UUID
    key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """For an account that has no entry yet."""
        return cls(uuid4(), new_key())


Subjects = Mapping[UserId, AuditSubject | None]
"""Those of an entry's users; None for one that was removed."""


def subject_digest(user_id: UserId) -> str:
    """SHA-256, hex: what finds a subject, and is all that stays of one who was removed. Ids are too random to guess."""
    return hashlib.sha256(f"audit subject {user_id}".encode()).hexdigest()


def binding(entry_id: str, part: str) -> str:
    """What a sealed part of an entry is bound to."""
    return f"emo audit v1 {entry_id} {part}"


def entry_to_document(entry: AuditEntry, subjects: Subjects) -> AuditDocument:
    """Write an entry."""
    origin, actor = entry.origin, entry.origin.actor
    entry_id = str(time_ordered_id(entry.time))
    by = subjects.get(actor.user_id) if actor.user_id else None
    about = subjects.get(entry.account) if entry.account else None
    is_plain = not entry.users
    facts = {"peer": origin.peer, "request_id": origin.request_id}
    return {
        "schema_version": ENTRY_VERSION,
        "entry_id": entry_id,
        "time": time_text(entry.time),
        "kind": entry.kind,
        "actor_kind": actor.kind,
        "actor": _shown(by) if actor.user_id else str(actor.identity or ""),
        "account": _shown(about),
        "method": origin.method[:MAX_CHARACTERS],
        "code": entry.code,
        "reason": entry.reason,
        "origin": _kept(facts, by if actor.user_id else about, binding(entry_id, ORIGIN), is_plain=is_plain),
        "details": _kept(entry.details, about if entry.account else by, binding(entry_id, DETAILS), is_plain=is_plain),
    }


def other_actor(document: AuditDocument) -> str:
    """Its actor, unless that is whose account it concerns: most entries are such, and are found by the account."""
    return "" if document["actor"] == document["account"] else document["actor"]


def _shown(subject: AuditSubject | None) -> str:
    return str(subject.pseudonym) if subject else ""


def _kept(facts: Facts, subject: AuditSubject | None, bound_to: str, *, is_plain: bool) -> str | dict[str, str]:
    some = {name: value[:MAX_CHARACTERS] for name, value in list(facts.items())[:MAX_DETAILS] if value}
    if is_plain:
        return some
    return seal_facts(some, subject.key, bound_to) if subject else ""
