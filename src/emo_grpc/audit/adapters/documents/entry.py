"""Reads stored entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from emo_grpc.audit.service_layer.views import AuditEvent, AuditParty
from emo_grpc.shared.adapters.audit_documents import DETAILS, ENTRY_VERSION, ORIGIN, AuditDocument, binding
from emo_grpc.shared.adapters.crypto.sealed_facts import open_facts
from emo_grpc.shared.adapters.schema_versions import UNREADABLE, Raw, Upcasters, require_text, upcast
from emo_grpc.shared.adapters.times import stored_time
from emo_grpc.shared.domain.audit import ActorKind, AuditKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.time_ordered_ids import moment_of
from emo_grpc.shared.service_layer.pages import Listed

UPCASTERS: Final[Upcasters] = {}
"""None yet: every entry is of the first version still."""

_SHAPE: Final = TypeAdapter(AuditDocument)


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """An account that was not removed."""

    user_id: UserId
    key: bytes = field(repr=False)


Known = Mapping[str, KnownSubject]
"""By their pseudonyms."""


def event_of(entry_id: str, raw: Raw | None, known: Known, upcasters: Upcasters = UPCASTERS) -> Listed[AuditEvent]:
    """What is shown of a stored entry; `raw` is None where it is no document at all."""
    event_id = UUID(entry_id)
    try:
        if raw is None or raw.get("entry_id") != entry_id:
            raise ValueError("an entry is damaged")
        event = _event(_SHAPE.validate_python(upcast(raw, upcasters, ENTRY_VERSION)), known)
    except UNREADABLE:
        return (moment_of(event_id), event_id), None
    return (event.time, event_id), event


def _event(document: AuditDocument, known: Known) -> AuditEvent:
    kind = ActorKind(document["actor_kind"])
    actor, account = document["actor"], document["account"]
    by_user = actor if kind is ActorKind.USER else ""
    origin = _facts(document, ORIGIN, by_user if kind is ActorKind.USER else account, known)
    details = _facts(document, DETAILS, account or by_user, known)
    require_text(document["method"], document["code"], document["reason"], *origin.values(), *details.values())
    return AuditEvent(
        event_id=UUID(document["entry_id"]),
        time=stored_time(document["time"]),
        kind=AuditKind(document["kind"]),
        actor_kind=kind,
        actor=_party(by_user, known),
        service_account_id=UUID(actor) if kind is ActorKind.SERVICE else None,
        account=_party(account, known),
        method=document["method"],
        code=document["code"],
        reason=document["reason"],
        peer=origin.get("peer", ""),
        request_id=origin.get("request_id", ""),
        details=details,
    )


def _facts(document: AuditDocument, part: str, of: str, known: Known) -> dict[str, str]:
    stored = document["origin"] if part == ORIGIN else document["details"]
    if isinstance(stored, dict):
        return stored
    subject = known.get(of)
    return open_facts(stored, subject.key, binding(document["entry_id"], part)) if subject else {}


def _party(pseudonym: str, known: Known) -> AuditParty | None:
    if not pseudonym:
        return None
    subject = known.get(pseudonym)
    return AuditParty(UUID(pseudonym), subject.user_id if subject else None)
