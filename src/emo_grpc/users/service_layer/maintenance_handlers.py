"""Keeps the store of accounts and sessions tidy."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emo_grpc.shared.domain.audit import AuditKind
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.dead_letters import DeadLetters
from emo_grpc.shared.service_layer.schema_upgrade import upgrade_batch
from emo_grpc.users.domain.commands import DropExpired, UpgradeDocuments
from emo_grpc.users.domain.recovery.email_change_rules import forget_ended_changes
from emo_grpc.users.domain.user import PENDING_LIFETIME
from emo_grpc.users.service_layer.ports import LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import UsersUnits

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class MaintenanceHandlers:
    """The handlers, with what they need. All of them may be repeated."""

    units: UsersUnits
    throttle: LoginThrottle
    dead_letters: DeadLetters
    clock: Clock

    async def drop_expired(self, _: DropExpired) -> int:
        """Drop up to a batch of each kind."""
        now = self.clock()
        async with self.units() as unit:
            pending = await unit.users.never_activated(now - PENDING_LIFETIME, BATCH)
            for user in pending:
                user.remove()
                await unit.users.remove(user)
                await unit.audit.append(AuditKind.ACCOUNT_REMOVED, user.user_id)
            ended = await unit.users.with_ended_changes(now, BATCH)
            for user in ended:
                forget_ended_changes(user, now)
                await unit.users.save(user)
            dropped = len(pending) + len(ended)
            dropped += await unit.sessions.remove_expired(now, BATCH)
            dropped += await unit.idempotency.sweep(now, BATCH)
            if dropped:
                await unit.commit()
        return dropped + await self.throttle.forget(now, BATCH)

    async def forget_traces_of_user(self, event: UserRemoved, _: UUID) -> None:
        """Remember neither the request that made a removed account nor mails to it that were given up."""
        async with self.units() as unit:
            if await unit.idempotency.forget_result(str(event.user_id)):
                await unit.commit()
        await self.dead_letters.drop_naming(str(event.user_id))

    async def upgrade_documents(self, _: UpgradeDocuments) -> int:
        """Store some old documents as this release does."""
        return await upgrade_batch(self.units, lambda unit: (unit.users, unit.sessions))
