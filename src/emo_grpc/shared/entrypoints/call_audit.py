"""Entries of calls that have to leave one: see docs/adr/0035."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from google.protobuf.message import Message

from emo.options.v1 import options_pb2
from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditEntry, AuditKind, Origin
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import Caller, Principal
from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.service_layer.audit.origin import AuditedCall, begin_origin
from emo_grpc.shared.service_layer.audit.writer import Refusals
from emo_grpc.shared.service_layer.clock import Clock


class CallTrail(Refusals, Protocol):
    """Stores entries that belong to no change."""

    async def write(self, entry: AuditEntry) -> None:
        """When this returns it is stored; raises what a unit of work does."""
        ...


@dataclass(frozen=True, slots=True)
class CallAudit:
    """Names the origin of what a call does. RPCs for administrators and calls for somebody leave an entry in any case.

    It is stored before anything of the call can be seen: with its first change, before a stream, or before the answer.
    """

    trail: CallTrail
    clock: Clock

    def __call__(self, call: Call) -> AbstractAsyncContextManager[None] | None:
        """What a call that was let in has to run inside of; its task is its own, so nothing has to be taken back."""
        audited = _audited(call)
        begin_origin(partial(_origin, call), audited)
        return None if audited is None else self._recorded(audited, call)

    def note_failure(self, call: Call) -> None:
        """A call has ended with an error."""
        audited = _audited(call)
        if audited is not None:  # whether there is the account that its request names is not said
            entry = replace(audited.entry(self.clock()), account=_called_for(call))
            self.trail.note(replace(entry, code=call.code.name, reason=str(call.reason)))

    @asynccontextmanager
    async def _recorded(self, audited: AuditedCall, call: Call) -> AsyncIterator[None]:
        if call.method.is_stream:
            await self._record(audited)
        yield
        if not audited.is_recorded:
            await self._record(audited)

    async def _record(self, audited: AuditedCall) -> None:
        await self.trail.write(audited.entry(self.clock()))
        audited.is_recorded = True


def _audited(call: Call) -> AuditedCall | None:
    """None for callers whom nothing vouches for, of whom the call log tells, and for users in their own things."""
    bearer = call.bearer
    if bearer is None:
        return None
    if call.method.access == options_pb2.ACCESS_ADMIN:
        return AuditedCall(AuditKind.ADMIN_CALL, _origin(call), partial(_account, call))
    if isinstance(bearer, Principal) and bearer.actor is None:
        return None
    return AuditedCall(AuditKind.DELEGATED_CALL, _origin(call), partial(_account, call))


def _origin(call: Call) -> Origin:
    return Origin(_actor(call.bearer), peer=call.peer.address, request_id=call.request_id, method=call.method.path)


def _actor(caller: Caller | None) -> Actor:
    if caller is None:
        return Actor(ActorKind.ANONYMOUS)
    if caller.actor is not None:
        return Actor(ActorKind.SERVICE, caller.actor.value)
    return Actor.user(caller.user_id)


def _account(call: Call) -> UserId | None:
    """The account that the request names, or for which a service calls."""
    with suppress(InvalidArgument):
        if named := _named_user(call.request):
            return UserId.parse(named, "user_id")
    return _called_for(call)


def _named_user(request: object) -> str:
    """The account that a request is about; a choice of filters says nothing of whether there is one."""
    if not isinstance(request, Message):
        return ""
    field = request.DESCRIPTOR.fields_by_name.get("user_id")
    return "" if field is None or field.containing_oneof is not None else str(getattr(request, field.name))


def _called_for(call: Call) -> UserId | None:
    caller = call.bearer
    return caller.user_id if isinstance(caller, Principal) and caller.actor is not None else None
