"""Where what happens now comes from: see docs/adr/0035."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditEntry, AuditKind, Origin
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.ids import UserId

THE_SERVER: Final = Origin(Actor(ActorKind.SYSTEM))


@dataclass(slots=True, eq=False)
class AuditedCall:
    """A call that leaves an entry whatever it does. `is_recorded`: the entry is stored already.

    `account` tells whom it concerns, if that is one account that there is; not before the request has come.
    """

    kind: AuditKind
    origin: Origin
    account: Callable[[], UserId | None]
    is_recorded: bool = False

    def entry(self, now: datetime) -> AuditEntry:
        """What is stored of it while nothing has failed."""
        return AuditEntry(kind=self.kind, time=now, origin=self.origin, account=self.account(), code="OK")


_ORIGIN: Final[ContextVar[Callable[[], Origin]]] = ContextVar("emo_origin", default=lambda: THE_SERVER)
_CALL: Final[ContextVar[AuditedCall | None]] = ContextVar("emo_audited_call", default=None)


def current_origin() -> Origin:
    """Where what happens now comes from; the server itself, unless somebody else was named."""
    return _ORIGIN.get()()


def current_audited_call() -> AuditedCall | None:
    """The call under way that has to leave an entry, if there is one."""
    return _CALL.get()


def begin_origin(origin: Callable[[], Origin], call: AuditedCall | None) -> None:
    """As `coming_from`, for all that the task of now does and starts from now on; `origin` is asked when it matters."""
    _ORIGIN.set(origin)
    if call is not _CALL.get():
        _CALL.set(call)


@contextmanager
def coming_from(origin: Origin, call: AuditedCall | None = None) -> Iterator[None]:
    """Name the origin of all that is done in the block, and the entry that its first change stores with itself."""
    origins, calls = _ORIGIN.set(lambda: origin), _CALL.set(call)
    try:
        yield
    finally:
        _ORIGIN.reset(origins)
        _CALL.reset(calls)


def entry_now(
    kind: AuditKind, account: UserId | None, now: datetime, actor: Actor | None, details: Mapping[str, str]
) -> AuditEntry:
    """An entry from the current origin; `actor` replaces its own."""
    origin = current_origin()
    origin = replace(origin, actor=actor) if actor else origin
    return AuditEntry(kind=kind, time=now, account=account, origin=origin, details=details)


def refusal_now(
    error: EmoError, account: UserId | None, now: datetime, actor: Actor | None, details: Mapping[str, str]
) -> AuditEntry:
    """As `entry_now`, of a login or a key that was refused with this error."""
    return replace(entry_now(AuditKind.LOGIN_FAILED, account, now, actor, details), reason=str(error.reason))
