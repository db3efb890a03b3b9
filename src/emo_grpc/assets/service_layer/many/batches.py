"""Carries out batches: in steps, each of which is one unit of work."""

import asyncio
from collections.abc import Sequence
from typing import Final
from weakref import WeakValueDictionary

from emo_grpc.assets.domain.batch_commands import (
    AssetFailure,
    AssetReference,
    BatchStep,
    PlanBatch,
    UpdateAssets,
)
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.many.requests import MAX_MATCHES, BatchRequest
from emo_grpc.assets.service_layer.views import AssetQuery, AssetViews, SortField
from emo_grpc.shared.domain.call_errors import ServerDraining
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.message_bus import MessageBus

STEP: Final = 100
"""Assets that are stored at once, or fewer large ones. Others who write wait no longer than for these, and the disk is
asked as seldom."""

Results = list[tuple[AssetId, AssetFailure | None]]


class AssetBatches:
    """The batches of this process. Those of one user take turns, so that nobody writes more than one at a time.

    One that ends in the middle has done its first steps. With its request id again the rest is done, and of those that
    are done their first results are given.
    """

    def __init__(self, bus: MessageBus, views: AssetViews, drain: Drain) -> None:
        self._bus = bus
        self._views = views
        self._drain = drain
        self._turns = WeakValueDictionary[UserId, asyncio.Lock]()

    async def carry_out(self, request: BatchRequest) -> Results:
        """Do it; gives each asset with why it failed, or None. Raises ExpectedCountMismatch, RequestIdReused."""
        async with self._turns.setdefault(request.owner_id, asyncio.Lock()):
            assets = request.named if request.filter is None else await self._planned(request)
            outcomes: list[AssetFailure | None] = []
            number = 0
            while some := assets[len(outcomes) : len(outcomes) + STEP]:
                if self._drain.has_started:
                    raise ServerDraining("this server is going away; go on with another one, by the same request_id")
                outcomes += await self._bus.handle(_step(request, number, some))
                number += 1
        return [(asset.asset_id, outcome) for asset, outcome in zip(assets, outcomes, strict=True)]

    async def _planned(self, request: BatchRequest) -> Sequence[AssetReference]:
        found = await self._views.matching_ids(_query(request))
        plan = PlanBatch(
            request.owner_id, tuple(found), request.expected_count, request.request_id, request.fingerprint
        )
        return [AssetReference(asset_id) for asset_id in await self._bus.handle(plan)]


def _query(request: BatchRequest) -> AssetQuery:
    limit = MAX_MATCHES + 1
    if request.filter is None:
        return AssetQuery(request.owner_id, limit)
    return AssetQuery(request.owner_id, limit, request.filter, SortField.CREATE_TIME, descending=False)


def _step(request: BatchRequest, number: int, assets: Sequence[AssetReference]) -> BatchStep:
    step_id, fingerprint = request.step(number, assets)
    if request.change is not None:
        return UpdateAssets(request.owner_id, tuple(assets), step_id, fingerprint, request.change)
    return request.otherwise(request.owner_id, tuple(assets), step_id, fingerprint)
