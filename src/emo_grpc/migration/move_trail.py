"""The entry that a move leaves in the audit trail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditEntry, AuditKind, Origin
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.entrypoints.errors.wire import status_code
from emo_grpc.shared.service_layer.audit.writer import AuditWriter
from emo_grpc.shared.service_layer.clock import Clock

COMMAND: Final = "emo admin move"


class MoveTrail:
    """Writes to the trail of the source, before anything is changed: it comes along to the target with all others."""

    def __init__(self, writer: AuditWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def begin(self) -> None:
        """Say that the operator moves everything. Raises Unavailable."""
        await self._writer.write(self._entry())

    @asynccontextmanager
    async def told_if_it_fails(self) -> AsyncIterator[None]:
        """Say so, too, if what is done in the block raises an EmoError: the same command goes on with it."""
        try:
            yield
        except EmoError as error:
            code = status_code(type(error)).name
            self._writer.note(replace(self._entry(), code=code, reason=str(error.reason)))
            raise

    def _entry(self) -> AuditEntry:
        origin = Origin(Actor(ActorKind.OPERATOR), method=COMMAND)
        return AuditEntry(kind=AuditKind.ADMIN_CALL, time=self._clock(), origin=origin, code="OK")
