"""Copies what no aggregate is: remembered requests, and events that wait to be delivered."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import MigrationReport
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork
from emo_grpc.shared.service_layer.walk import PAGE

REQUESTS: Final = "remembered requests"
EVENTS: Final = "undelivered events"


async def copy_requests(source: MetadataStore, target: MetadataStore, report: MigrationReport, now: datetime) -> None:
    """Copy the idempotency keys of both contexts, which are in one place, but for those that have expired."""
    tally = report.tallies[REQUESTS]
    after: IdempotencyKey | None = None
    while keys := await _requests(source, after):
        added = await target.change(target.users, partial(_remember, keys=keys, now=now))
        tally.migrated += added
        tally.present += len(keys) - added
        after = keys[-1]


async def copy_events(source: MetadataStore, target: MetadataStore, report: MigrationReport) -> None:
    """Copy the outbox, dead letters too. What the source delivers after an interrupted run is delivered again."""
    tally = report.tallies[EVENTS]
    after: UUID | None = None
    while rows := await source.metadata.outbox.rows(after, PAGE):
        for row in rows:
            if await target.metadata.outbox.import_row(row):
                tally.migrated += 1
            else:
                tally.present += 1
        after = rows[-1].row_id


async def _requests(store: MetadataStore, after: IdempotencyKey | None) -> list[IdempotencyKey]:
    async with store.users() as unit:
        return await unit.idempotency.after(after, PAGE)


async def _remember(unit: UnitOfWork, *, keys: Sequence[IdempotencyKey], now: datetime) -> int:
    added = 0
    for key in keys:
        if key.expire_time > now and await unit.idempotency.find(key.scope, key.request_id) is None:
            await unit.idempotency.add(key)
            added += 1
    return added
