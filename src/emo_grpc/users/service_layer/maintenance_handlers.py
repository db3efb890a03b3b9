"""Keeps the store of accounts and sessions tidy."""

from dataclasses import dataclass
from typing import Final

from emo_grpc.shared.domain.errors import DataLoss
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import DropExpired, UpgradeDocuments
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.errors import SessionRecordCorrupt, UserRecordCorrupt
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import PENDING_LIFETIME, User
from emo_grpc.users.service_layer.ports import LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import UsersUnits

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class MaintenanceHandlers:
    """The handlers, with what they need. All of them may be repeated."""

    units: UsersUnits
    throttle: LoginThrottle
    clock: Clock

    async def drop_expired(self, _: DropExpired) -> int:
        """Drop up to a batch of each kind.

        An account that was never ACTIVE owns nothing, so no event says that it goes.
        """
        now = self.clock()
        async with self.units() as unit:
            pending = await unit.users.never_activated(now - PENDING_LIFETIME, BATCH)
            for user in pending:
                await unit.users.remove(user)
            dropped = len(pending)
            dropped += await unit.sessions.remove_expired(now, BATCH)
            dropped += await unit.idempotency.sweep(now, BATCH)
            if dropped:
                await unit.commit()
        return dropped + await self.throttle.forget(now, BATCH)

    async def upgrade_documents(self, _: UpgradeDocuments) -> int:
        """Read some old documents, which makes them current, and store them so.

        Damaged ones keep no other from it: UserRecordCorrupt or SessionRecordCorrupt tells of one when no others are
        left.
        """
        limit = BATCH
        while True:
            async with self.units() as unit:
                found = [*await unit.users.outdated(limit), *await unit.sessions.outdated(limit)]
                readable = [each for each in found if isinstance(each, User | Session)][:BATCH]
                for each in readable:
                    await (unit.users.save(each) if isinstance(each, User) else unit.sessions.save(each))
                await unit.commit()
            if readable or not found:
                return len(readable)
            if len(found) < limit:
                raise _corrupt(found[0])
            limit *= 2


def _corrupt(found: User | Session | DamagedUser | DamagedSession) -> DataLoss:
    if isinstance(found, User | DamagedUser):
        return UserRecordCorrupt(found.user_id)
    return SessionRecordCorrupt(found.session_id)
