"""Entries, as they lie in stores for ever."""

import json
from pathlib import Path
from uuid import UUID

from emo.audit.v1 import audit_pb2
from emo_grpc.audit.adapters.documents.entry import KnownSubject, event_of
from emo_grpc.audit.service_layer.views import AuditEvent
from emo_grpc.shared.domain.audit import ActorKind, AuditKind
from emo_grpc.shared.domain.ids import UserId

PAST = Path(__file__).parents[2] / "fixtures" / "documents"
ANN = UserId(UUID("0b9a7c1e-52c4-4a52-9d0e-3f1f5a2b6c7d"))


def test_entries_of_version_1() -> None:
    """An entry stored in schema version 1 is read as it was told, with the key of its account and without."""
    raw = json.loads((PAST / "audit-entry-v1.json").read_text())
    known = {raw["account"]: KnownSubject(ANN, bytes(range(32)))}
    _, event = event_of(raw["entry_id"], raw, known)
    assert isinstance(event, AuditEvent)
    assert (event.kind, event.actor_kind) == (AuditKind.LOGIN, ActorKind.USER)
    assert (event.peer, event.request_id, event.details) == ("192.0.2.7", "0123abcd", {"device_id": "phone"})
    assert event.account is not None
    assert event.account.user_id == ANN
    _, forgotten = event_of(raw["entry_id"], raw, {})
    assert isinstance(forgotten, AuditEvent)
    assert (forgotten.peer, forgotten.request_id, forgotten.details) == ("", "", {})


def test_the_names_are_those_of_the_contract() -> None:
    """Each kind has its number, and none of the contract is unknown here."""
    numbered = {*audit_pb2.AuditKind.keys(), *audit_pb2.ActorKind.keys()}
    known = {*(f"AUDIT_KIND_{kind.name}" for kind in AuditKind), *(f"ACTOR_KIND_{kind.name}" for kind in ActorKind)}
    assert known == {name for name in numbered if not name.endswith("_UNSPECIFIED")}
    assert all(str(kind) == kind.name.lower() for kind in (*AuditKind, *ActorKind))
