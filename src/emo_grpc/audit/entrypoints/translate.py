"""From the contract's messages to selections. All that is wrong with a request is named at once."""

from functools import partial
from typing import Final, Literal

from emo.audit.v1 import audit_pb2 as pb
from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.shared.domain.audit import AuditKind
from emo_grpc.shared.domain.ids import Identifier, UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.timestamps import point_in_time

KINDS: Final = {pb.AuditKind.Value(f"AUDIT_KIND_{kind.name}"): kind for kind in AuditKind}
SIDES: Final = {
    "user_id": Side.ACCOUNT, "pseudonym": Side.ACCOUNT, "actor_user_id": Side.ACTOR, "service_account_id": Side.ACTOR,
}  # fmt: skip
TIMES: Final[tuple[Literal["start_time"], Literal["end_time"]]] = ("start_time", "end_time")


def all_events(request: pb.ListAuditEventsRequest) -> Selection:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    name = request.WhichOneof("party")
    party = violations.parse(lambda: _party(name, getattr(request, name))) if name else None
    return _selection(violations, request, party)


def own_events(request: pb.ListMyActivityRequest, caller: UserId) -> Selection:
    """Read the request; raises InvalidArgument."""
    return _selection(Violations(), request, Party(Side.ACCOUNT, caller))


def _selection(
    violations: Violations, request: pb.ListAuditEventsRequest | pb.ListMyActivityRequest, party: Party | None
) -> Selection:
    kind = KINDS.get(request.kind)
    if request.kind and kind is None:
        violations.add("kind", "is not known to this server")
    start, end = (
        violations.parse(partial(point_in_time, getattr(request, name), name)) if request.HasField(name) else None
        for name in TIMES
    )
    return violations.finish(lambda: Selection(party=party, kind=kind, start=start, end=end))


def _party(name: str, text: str) -> Party:
    identity = Identifier.parse(text, name).value
    return Party(SIDES[name], UserId(identity) if name.endswith("user_id") else identity)
