"""Moves assets to the trash and back, and destroys them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.commands import DeleteAsset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetNotInTrash
from emo_grpc.assets.domain.trash_commands import EmptyTrash, PurgeAsset, Purged, PurgeDueAssets, RestoreAsset
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.owned_assets import found_asset, owned_asset, remove_asset
from emo_grpc.assets.service_layer.request_scopes import Requests, scope_of
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once

BATCH: Final = 100
BATCH_TIME: Final = timedelta(seconds=3)
"""After so long a unit of work destroys no further asset: others wait for it."""


@dataclass(frozen=True, slots=True)
class TrashHandlers:
    """The handlers, with what they need. `kept_for`: how long assets stay in the trash; 0 = there is none."""

    units: AssetsUnits
    clock: Clock
    kept_for: timedelta

    async def delete_asset(self, command: DeleteAsset) -> None:
        """Move an asset to the trash: see `delete_in`."""
        async with self.units() as unit:
            await self.delete_in(unit, command)
            await unit.commit()

    async def delete_in(self, unit: AssetsUnitOfWork, command: DeleteAsset) -> int:
        """Move it to the trash in this unit; one that is there stays, whatever the etag. Its upload can't go on there.

        A damaged one, which nothing could restore, is destroyed, and so is any other if there is no trash. An error
        leaves the unit as it was. Gives the metadata bytes that were there.
        """
        asset = await found_asset(unit, command.asset_id, command.owner_id)
        if isinstance(asset, Asset):
            if asset.is_in_trash:
                return 0
            asset.check_etag(command.etag)
        if isinstance(asset, DamagedAsset) or not self.kept_for:
            await remove_asset(unit, asset)
        else:
            await self._move_to_trash(unit, asset)
        return 0 if isinstance(asset, DamagedAsset) else asset.metadata_bytes

    async def restore_asset(self, command: RestoreAsset) -> None:
        """Take an asset out of the trash: see `restore_in`."""
        async with self.units() as unit:
            await self.restore_in(unit, command)
            await unit.commit()

    async def restore_in(self, unit: AssetsUnitOfWork, command: RestoreAsset) -> int:
        """Take it out of the trash in this unit, as it was; it counted against all limits there too, so it fits.

        An error leaves the unit as it was. Gives the metadata bytes that are there.
        """
        asset = await owned_asset(unit, command.asset_id, command.owner_id)
        asset.check_etag(command.etag)
        asset.restore()
        await unit.assets.save(asset)
        return asset.metadata_bytes

    async def purge_asset(self, command: PurgeAsset) -> None:
        """Destroy an asset: see `purge_in`."""
        async with self.units() as unit:
            await self.purge_in(unit, command)
            await unit.commit()

    async def purge_in(self, unit: AssetsUnitOfWork, command: PurgeAsset) -> int:
        """Destroy it and its key in this unit, also a damaged one; the bytes follow by event.

        An error leaves the unit as it was. Gives the metadata bytes that were there.
        """
        asset = await found_asset(unit, command.asset_id, command.owner_id)
        if isinstance(asset, Asset):
            asset.check_etag(command.etag)
            if not (asset.is_in_trash or command.force):
                raise AssetNotInTrash
        await remove_asset(unit, asset)
        return 0 if isinstance(asset, DamagedAsset) else asset.metadata_bytes

    async def empty_trash(self, command: EmptyTrash) -> Purged:
        """Destroy up to 100 assets in the owner's trash, those first that have been there longest; once for each
        request_id. Raises OwnerRemoved when the account was removed since the call began.
        """
        async with self.units() as unit:

            async def make() -> str:
                await unit.assets.usage(command.owner_id)  # nothing is remembered of who is removed
                assets = await unit.assets.in_trash(command.owner_id, BATCH + 1)
                count = await self._purge(unit, assets[:BATCH])
                return f"{count} {len(assets) - count}"

            result, _ = await once(
                unit.idempotency,
                scope=scope_of(Requests.EMPTY_TRASH, command.owner_id),
                request_id=command.request_id,
                request=fingerprint(),
                now=self.clock(),
                make=make,
            )
            await unit.commit()
        count, left = map(int, result.split())
        return Purged(count, is_more=left > 0)

    async def purge_due_assets(self, _: PurgeDueAssets) -> int:
        """Destroy some assets whose time in the trash is over."""
        async with self.units() as unit:
            count = await self._purge(unit, await unit.assets.due(self.clock(), BATCH))
            if count:
                await unit.commit()
            return count

    async def _move_to_trash(self, unit: AssetsUnitOfWork, asset: Asset) -> None:
        upload = await unit.uploads.find(asset.asset_id)
        if isinstance(upload, Upload):
            upload.take_over()  # the stream that has it is refused from now on
            await unit.uploads.save(upload)
        now = self.clock()
        asset.move_to_trash(now=now, purge_time=now + self.kept_for)
        await unit.assets.save(asset)

    async def _purge(self, unit: AssetsUnitOfWork, assets: list[Asset | DamagedAsset]) -> int:
        """Destroy these assets as far as time allows; gives how many, one at least if there are any."""
        end = self.clock() + BATCH_TIME
        for count, asset in enumerate(assets, start=1):
            await remove_asset(unit, asset)
            if self.clock() >= end:
                return count
        return len(assets)
