"""What can be read of the trail, straight from the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from emo_grpc.audit.domain.selection import Selection
from emo_grpc.shared.domain.audit import ActorKind, AuditKind
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page


@dataclass(frozen=True, slots=True)
class AuditParty:
    """An account in an event; `user_id` is None once it is removed."""

    pseudonym: UUID
    user_id: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """An entry as it is shown. Texts are empty where nothing is known, or nothing any more."""

    event_id: UUID
    time: datetime
    kind: AuditKind
    actor_kind: ActorKind
    actor: AuditParty | None
    service_account_id: UUID | None
    account: AuditParty | None
    method: str
    code: str
    reason: str
    peer: str
    request_id: str
    details: Mapping[str, str]


class AuditViews(Protocol):
    """The port of the queries. Each reads what was last committed: one snapshot, and a range of an index."""

    async def events(self, selection: Selection, *, limit: int, after: Cursor | None = None) -> Page[AuditEvent]:
        """A page of what is selected, latest first; `after` is the cursor of the page before.

        Events that are damaged are named, and so are those of a later release, which can't be read.
        """
        ...
