"""Changes many assets in one unit of work, and remembers what became of each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from emo_grpc.assets.domain.batch_commands import (
    OF_ONE_ASSET,
    AssetFailure,
    AssetReference,
    BatchStep,
    DeleteAssets,
    PlanBatch,
    PurgeAssets,
    RestoreAssets,
    UpdateAssets,
)
from emo_grpc.assets.domain.commands import DeleteAsset, UpdateAsset
from emo_grpc.assets.domain.errors import ExpectedCountMismatch
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.trash_commands import PurgeAsset, RestoreAsset
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.many.moves import WRITTEN_BYTES
from emo_grpc.assets.service_layer.many.outcomes import Outcomes, outcomes_of, text_of
from emo_grpc.assets.service_layer.many.plans import Plan
from emo_grpc.assets.service_layer.request_scopes import Requests, scope_of
from emo_grpc.assets.service_layer.trash_handlers import TrashHandlers
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import once

ChangeOne = Callable[[AssetsUnitOfWork, AssetReference], Awaitable[int]]
"""Gives how many metadata bytes it has written."""


@dataclass(frozen=True, slots=True)
class BatchHandlers:
    """The handlers, with what they need. `written_bytes`: how much a step writes before it ends with fewer assets.

    A step raises OwnerRemoved when the account was removed since the call began.
    """

    units: AssetsUnits
    assets: AssetHandlers
    trash: TrashHandlers
    clock: Clock
    written_bytes: int = WRITTEN_BYTES

    async def update_assets(self, command: UpdateAssets) -> Outcomes:
        """Change each as UpdateAsset does; one that is so already stays as it is."""

        async def change(unit: AssetsUnitOfWork, asset: AssetReference) -> int:
            update = UpdateAsset(command.owner_id, asset.asset_id, command.change, asset.etag)
            return await self.assets.update_in(unit, update, only_if_other=True)

        return await self._step(command, change)

    async def delete_assets(self, command: DeleteAssets) -> Outcomes:
        """Do to each what DeleteAsset does."""

        async def delete(unit: AssetsUnitOfWork, asset: AssetReference) -> int:
            return await self.trash.delete_in(unit, DeleteAsset(command.owner_id, asset.asset_id, asset.etag))

        return await self._step(command, delete)

    async def restore_assets(self, command: RestoreAssets) -> Outcomes:
        """Do to each what RestoreAsset does."""

        async def restore(unit: AssetsUnitOfWork, asset: AssetReference) -> int:
            return await self.trash.restore_in(unit, RestoreAsset(command.owner_id, asset.asset_id, asset.etag))

        return await self._step(command, restore)

    async def purge_assets(self, command: PurgeAssets) -> Outcomes:
        """Do to each what PurgeAsset does by `force`."""

        async def purge(unit: AssetsUnitOfWork, asset: AssetReference) -> int:
            purge_one = PurgeAsset(command.owner_id, asset.asset_id, force=True, etag=asset.etag)
            return await self.trash.purge_in(unit, purge_one)

        return await self._step(command, purge)

    async def plan_batch(self, command: PlanBatch) -> tuple[AssetId, ...]:
        """Keep what a batch is for, so that a repetition goes on with just these. Raises OwnerRemoved, as steps do."""
        if command.request_id is None:
            _check_count(command)
            return command.found
        async with self.units() as unit:
            scope = scope_of(Requests.BATCH, command.owner_id)
            plan = Plan(unit.idempotency, scope, command.request_id, command.fingerprint)
            kept = await plan.find()
            if kept is None:
                _check_count(command)
                await unit.assets.usage(command.owner_id)
                await plan.keep(command.found, self.clock())
                await unit.commit()
            return command.found if kept is None else kept

    async def _step(self, command: BatchStep, change: ChangeOne) -> Outcomes:
        async with self.units() as unit:

            async def make() -> str:
                await unit.assets.usage(command.owner_id)  # nothing is remembered of who is removed
                return text_of(await self._outcomes(unit, change, command.assets))

            text, _ = await once(
                unit.idempotency,
                scope=scope_of(Requests.BATCH, command.owner_id),
                request_id=command.request_id,
                request=command.fingerprint,
                now=self.clock(),
                make=make,
            )
            await unit.commit()
            return outcomes_of(text)

    async def _outcomes(
        self, unit: AssetsUnitOfWork, change: ChangeOne, assets: Sequence[AssetReference]
    ) -> list[AssetFailure | None]:
        outcomes, written = list[AssetFailure | None](), 0
        for asset in assets:
            try:
                written += await change(unit, asset)
                outcomes.append(None)
            except OF_ONE_ASSET as error:
                outcomes.append(AssetFailure.of(error))
            if written >= self.written_bytes:
                break
        return outcomes


def _check_count(command: PlanBatch) -> None:
    if len(command.found) != command.expected_count:
        raise ExpectedCountMismatch(command.expected_count, len(command.found))
