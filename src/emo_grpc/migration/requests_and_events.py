"""Moves what no aggregate is: remembered requests, and events that wait to be delivered."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from emo_grpc.migration.report import MoveReport
from emo_grpc.migration.resource_kind import PAGE, Side
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork

REQUESTS: Final = "remembered requests"
EVENTS: Final = "undelivered events"


async def move_requests(here: Side, there: Side, report: MoveReport, now: datetime) -> None:
    """All contexts keep them in one place. Those that are over are left out."""
    tally = report.tallies[REQUESTS]
    after: IdempotencyKey | None = None
    while keys := await _requests(here, after):
        moved = await there.change_users(partial(_remember, keys=keys, now=now))
        tally.moved += moved
        tally.there += len(keys) - moved
        after = keys[-1]


async def move_events(here: Side, there: Side, report: MoveReport) -> None:
    """With dead letters. What was brought by an earlier move and delivered here since, is delivered there again."""
    tally = report.tallies[EVENTS]
    after: UUID | None = None
    while rows := await here.metadata.outbox.rows(after, PAGE):
        for row in rows:
            if await there.metadata.outbox.take_in(row):
                tally.moved += 1
            else:
                tally.there += 1
        after = rows[-1].row_id


async def _requests(side: Side, after: IdempotencyKey | None) -> list[IdempotencyKey]:
    async with side.users() as unit:
        return await unit.idempotency.after(after, PAGE)


async def _remember(unit: UnitOfWork, *, keys: Sequence[IdempotencyKey], now: datetime) -> int:
    moved = 0
    for key in keys:
        if key.expire_time > now and await unit.idempotency.find(key.scope, key.request_id) is None:
            await unit.idempotency.add(key)
            moved += 1
    return moved
