"""Keeps the store of accounts and sessions tidy."""

from typing import Final

from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import DropExpired, MigrateDocuments
from emo_grpc.users.domain.user import PENDING_LIFETIME
from emo_grpc.users.service_layer.ports import LoginThrottle
from emo_grpc.users.service_layer.unit_of_work import Units

BATCH: Final = 100


async def drop_expired(_: DropExpired, *, units: Units, throttle: LoginThrottle, clock: Clock) -> int:
    """Drop up to a batch of each kind.

    An account that was never ACTIVE owns nothing, so nobody is told that it goes.
    """
    now = clock()
    async with units() as unit:
        pending = await unit.users.never_activated(now - PENDING_LIFETIME, BATCH)
        for user in pending:
            await unit.users.remove(user)
        dropped = len(pending)
        dropped += await unit.sessions.remove_expired(now, BATCH)
        dropped += await unit.idempotency.sweep(now, BATCH)
        if dropped:
            await unit.commit()
    return dropped + await throttle.forget(now, BATCH)


async def migrate_documents(_: MigrateDocuments, *, units: Units) -> int:
    """Read some old documents, which makes them current, and store them so."""
    async with units() as unit:
        users = await unit.users.outdated(BATCH)
        sessions = await unit.sessions.outdated(BATCH - len(users))
        for user in users:
            await unit.users.save(user)
        for session in sessions:
            await unit.sessions.save(session)
        await unit.commit()
        return len(users) + len(sessions)
