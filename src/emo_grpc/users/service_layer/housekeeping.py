"""Keeps the store of accounts and sessions tidy."""

from typing import Final

from emo_grpc.users.domain.commands import MigrateDocuments
from emo_grpc.users.service_layer.unit_of_work import Units

BATCH: Final = 100


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
