"""Which events of the trail are asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from emo_grpc.shared.domain.audit import AuditKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations


class Side(StrEnum):
    """In which part somebody appears in an event; stored documents and columns have these names."""

    ACCOUNT = "account"
    ACTOR = "actor"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in events: a user, or whatever else has an id there, such as a pseudonym or a service account.

    As an actor only in events that concern somebody else's account, or no single one.
    """

    side: Side
    identity: UserId | UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Events of a party, of a kind, and of the time from `start` to before `end`; what is None does not matter."""

    party: Party | None = None
    kind: AuditKind | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        violations = Violations()
        if self.start is not None and self.end is not None and self.end <= self.start:
            violations.add("end_time", "must be after start_time")
        violations.raise_if_any()
