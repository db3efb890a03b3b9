"""From views to the contract's messages."""

from typing import Final

from emo.audit.v1 import audit_pb2 as pb
from emo_grpc.audit.entrypoints.translate import KINDS
from emo_grpc.audit.service_layer.views import AuditEvent, AuditParty
from emo_grpc.shared.domain.audit import ActorKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.timestamps import timestamp

KIND_NUMBERS: Final = {kind: number for number, kind in KINDS.items()}
ACTOR_NUMBERS: Final = {kind: pb.ActorKind.Value(f"ACTOR_KIND_{kind.name}") for kind in ActorKind}


def event_message(event: AuditEvent) -> pb.AuditEvent:
    """An event with all that is known of it, for administrators."""
    return pb.AuditEvent(
        event_id=str(event.event_id),
        event_time=timestamp(event.time),
        kind=KIND_NUMBERS[event.kind],
        actor_kind=ACTOR_NUMBERS[event.actor_kind],
        actor=_party(event.actor),
        service_account_id=str(event.service_account_id or ""),
        account=_party(event.account),
        method=event.method,
        code=event.code,
        reason=event.reason,
        peer=event.peer,
        request_id=event.request_id,
        details=event.details,
    )


def own_event_message(event: AuditEvent, caller: UserId) -> pb.AuditEvent:
    """An event of the caller's account: who else acted is told by kind, and a service account by its id, too.

    Where somebody else called from is theirs; where nobody knows who it was, it is what the caller wants to know.
    """
    message = event_message(event)
    message.account.pseudonym = ""
    is_own = event.actor is not None and event.actor.user_id == caller
    if is_own:
        message.actor.pseudonym = ""
    else:
        message.ClearField("actor")
    if not is_own and event.actor_kind is not ActorKind.ANONYMOUS:
        message.peer = ""
    return message


def _party(party: AuditParty | None) -> pb.AuditParty | None:
    if party is None:
        return None
    return pb.AuditParty(user_id=str(party.user_id or ""), pseudonym=str(party.pseudonym))
