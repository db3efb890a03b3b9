"""Makes and changes assets, and destroys those of removed users."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.commands import CreateAsset, UpdateAsset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.new_values import new_values
from emo_grpc.assets.service_layer.owned_assets import changeable_asset, remove_asset
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.request_scopes import Requests, all_scopes, scope_of
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once

REMOVAL_BATCH: Final = 20
REMOVAL_TIME: Final = timedelta(seconds=3)
"""After so long a delivery begins with no further batch; the relay gives a handler much more time than that."""
REQUESTS_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class AssetHandlers:
    """The handlers, with what they need."""

    units: AssetsUnits
    quota: Quota
    clock: Clock

    async def create_asset(self, command: CreateAsset) -> AssetId:
        """Make an asset within the owner's limits, once for each request_id.

        Raises what `Quota.check_new` does, OwnerRemoved also when the account was removed since the call began: no
        asset is made that `remove_assets_of_user` does not find.
        """
        async with self.units() as unit:

            async def make() -> str:
                asset = Asset.create(
                    asset_id=AssetId.new(),
                    owner_id=command.owner_id,
                    description=command.description,
                    file=command.file,
                    now=self.clock(),
                )
                await self.quota.check_new(unit, command.owner_id, asset)
                await unit.assets.add(asset)
                return str(asset.asset_id)

            asset_id, _ = await once(
                unit.idempotency,
                scope=scope_of(Requests.CREATE, command.owner_id),
                request_id=command.request_id,
                request=fingerprint(command.description, command.file),
                now=self.clock(),
                make=make,
            )
            await unit.commit()
            return AssetId.parse(asset_id, "asset_id")

    async def update_asset(self, command: UpdateAsset) -> None:
        """Change the description of an asset: see `update_in`."""
        async with self.units() as unit:
            await self.update_in(unit, command)
            await unit.commit()

    async def update_in(self, unit: AssetsUnitOfWork, command: UpdateAsset, *, only_if_other: bool = False) -> int:
        """Change it in this unit; an error leaves the unit as it was. Raises what `Quota.check_metadata` does, too.

        Gives the metadata bytes that were there, and are.

        `only_if_other`: one that is so already stays as it is, with its etag.
        """
        asset = await changeable_asset(unit, command.asset_id, command.owner_id)
        asset.check_etag(command.etag)
        before = asset.metadata_bytes
        description, file = new_values(asset, command.change)
        if only_if_other and (description, file) == (asset.description, asset.file):
            return 0
        asset.describe(description, file, now=self.clock())
        if asset.metadata_bytes > before:
            await self.quota.check_metadata(unit, asset.owner_ids, asset.metadata_bytes - before)
        await unit.assets.save(asset)
        return before + asset.metadata_bytes

    async def remove_assets_of_user(self, event: UserRemoved, _: UUID) -> None:
        """Destroy some of what only a removed user owned, and of the results of their requests; take the user off what
        others own too.

        The same transaction publishes the event again while there are more. So each delivery is short and gets
        further, however slow the database is, and none begins before the one before it is stored.
        """
        async with self.units() as unit:
            await unit.assets.remove_owner(event.user_id)
            is_last = await self._take_assets(unit, event.user_id)
            await unit.assets.set_folder_move(event.user_id, None)
            for scope in all_scopes(event.user_id):
                forgotten = await unit.idempotency.forget_scope(scope, REQUESTS_BATCH)
                is_last = is_last and forgotten < REQUESTS_BATCH
            if not is_last:
                unit.publish(event)
            await unit.commit()
        if is_last:
            async with self.units() as unit:
                await unit.assets.forget_owner(event.user_id)
                await unit.commit()

    async def _take_assets(self, unit: AssetsUnitOfWork, owner_id: UserId) -> bool:
        """Take some assets from their owner; gives whether there are no more."""
        end = self.clock() + REMOVAL_TIME
        assets = await unit.assets.owned_by(owner_id, REMOVAL_BATCH + 1)
        for count, asset in enumerate(assets, start=1):
            await _take_off(unit, asset, owner_id)
            if count < len(assets) and (count == REMOVAL_BATCH or self.clock() >= end):
                return False
        return True


async def _take_off(unit: AssetsUnitOfWork, asset: Asset | DamagedAsset, owner_id: UserId) -> None:
    if isinstance(asset, Asset) and asset.remove_owner(owner_id):
        await unit.assets.save(asset)
    else:
        await remove_asset(unit, asset)
