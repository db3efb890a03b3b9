"""The audit trail, as seen from inside a unit of work."""

from typing import Protocol

from emo_grpc.shared.domain.audit import Actor, AuditEntry, AuditKind
from emo_grpc.shared.domain.ids import UserId


class AuditTrail(Protocol):
    """The port of the trail, to which is only ever added.

    Obligations of an adapter: what is added is stored with what else the unit changes, or not at all. An entry names
    accounts by pseudonyms, and what could tell whose they are can be read only with a secret of each account. `forget`
    destroys that secret, and with it what pseudonym the account had, for ever: an entry that comes later names nobody.
    """

    async def append(
        self, kind: AuditKind, account: UserId | None, *, actor: Actor | None = None, **details: str
    ) -> None:
        """Add that something has happened to an account, now, from the `current_origin`; `actor` replaces its own."""
        ...

    async def add(self, entry: AuditEntry) -> None:
        """Add an entry."""
        ...

    async def forget(self, user_id: UserId) -> None:
        """Make it impossible to tell whose account the entries are about. May be repeated."""
        ...
