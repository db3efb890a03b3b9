"""The entry that each command of `emo admin` leaves in the audit trail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditKind, Origin
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.errors.wire import status_code
from emo_grpc.shared.service_layer.audit.origin import AuditedCall, coming_from, current_audited_call

OPERATOR: Final = Actor(ActorKind.OPERATOR)


@asynccontextmanager
async def audited_command(engines: Engines, command: str) -> AsyncIterator[None]:
    """Run a command, such as `emo admin set-roles`, in the operator's name."""
    call = AuditedCall(AuditKind.ADMIN_CALL, Origin(OPERATOR, method=command), lambda: None)
    try:
        with coming_from(call.origin, call):
            yield
    except EmoError as error:
        engines.audit_writer.note(
            replace(call.entry(engines.clock()), code=status_code(type(error)).name, reason=str(error.reason))
        )
        raise
    if not call.is_recorded:
        await engines.audit_writer.write(call.entry(engines.clock()))


async def record_before(engines: Engines, account: UserId) -> None:
    """Store the entry of the command that runs now, before it does what can't be undone, as about this account."""
    call = current_audited_call()
    if call is not None:
        call.account = lambda: account
        await engines.audit_writer.write(call.entry(engines.clock()))
        call.is_recorded = True
