"""Makes, changes and destroys assets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.commands import AssetChange, CreateAsset, DeleteAsset, UpdateAsset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnits
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once

REMOVAL_BATCH: Final = 20
REMOVAL_TIME: Final = timedelta(seconds=3)
"""After so long a delivery begins with no further batch; the relay gives a handler much more time than that."""
REQUESTS_BATCH: Final = 500


async def owned_asset(unit: AssetsUnitOfWork, asset_id: AssetId, owner_id: UserId) -> Asset:
    """Give the asset; raises AssetNotFound also if another user owns it."""
    asset = await unit.assets.get(asset_id)
    if owner_id not in asset.owner_ids:
        raise AssetNotFound
    return asset


async def remove_asset(unit: AssetsUnitOfWork, asset: Asset | DamagedAsset) -> None:
    """Remove an asset with its upload, and so both wrapped keys."""
    upload = await unit.uploads.find(asset.asset_id)
    if upload is not None:
        upload.drop()
        await unit.uploads.remove(upload)
    asset.delete()
    await unit.assets.remove(asset)


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
                scope=_create_scope(command.owner_id),
                request_id=command.request_id,
                request=fingerprint(command.description, command.file),
                now=self.clock(),
                make=make,
            )
            await unit.commit()
            return AssetId.parse(asset_id, "asset_id")

    async def update_asset(self, command: UpdateAsset) -> None:
        """Change the description of an asset. If it grows, raises what `Quota.check_metadata` does."""
        async with self.units() as unit:
            asset = await owned_asset(unit, command.asset_id, command.owner_id)
            asset.check_etag(command.etag)
            before = asset.metadata_bytes
            asset.describe(*_new_values(asset, command.change), now=self.clock())
            if asset.metadata_bytes > before:
                await self.quota.check_metadata(unit, asset.owner_ids, asset.metadata_bytes - before)
            await unit.assets.save(asset)
            await unit.commit()

    async def delete_asset(self, command: DeleteAsset) -> None:
        """Destroy an asset and its key at once, also a damaged one; the bytes follow by event."""
        async with self.units() as unit:
            asset = await unit.assets.find(command.asset_id)
            if asset is None or command.owner_id not in asset.owner_ids:
                raise AssetNotFound
            if isinstance(asset, Asset):
                asset.check_etag(command.etag)
            await remove_asset(unit, asset)
            await unit.commit()

    async def remove_assets_of_user(self, event: UserRemoved, _: UUID) -> None:
        """Destroy some of what only a removed user owned, and of the results of their requests; take the user off what
        others own too.

        The same transaction publishes the event again while there are more. So each delivery is short and gets
        further, however slow the database is, and none begins before the one before it is stored.
        """
        async with self.units() as unit:
            await unit.assets.remove_owner(event.user_id)
            is_last = await self._take_assets(unit, event.user_id)
            forgotten = await unit.idempotency.forget_scope(_create_scope(event.user_id), REQUESTS_BATCH)
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


def _create_scope(owner_id: UserId) -> str:
    return f"CreateAsset {owner_id}"


async def _take_off(unit: AssetsUnitOfWork, asset: Asset | DamagedAsset, owner_id: UserId) -> None:
    if isinstance(asset, Asset) and asset.remove_owner(owner_id):
        await unit.assets.save(asset)
    else:
        await remove_asset(unit, asset)


def _new_values(asset: Asset, change: AssetChange) -> tuple[Description, File]:
    violations = Violations()
    description = violations.parse(lambda: _new_description(asset.description, change))
    file = violations.parse(lambda: _new_file(asset.file, change))
    violations.raise_if_any()
    return description or asset.description, file or asset.file


def _new_description(now: Description, change: AssetChange) -> Description:
    return replace(
        now,
        title=now.title if change.title is None else change.title,
        description=now.description if change.description is None else change.description,
        tags=now.tags if change.tags is None else change.tags,
        people=now.people if change.people is None else change.people,
        location=now.location if change.location is None else change.location,
        event_date=None if change.clear_event_date else change.event_date or now.event_date,
        bookmarked=now.bookmarked if change.bookmarked is None else change.bookmarked,
        extra_private=now.extra_private if change.extra_private is None else change.extra_private,
        folder=now.folder if change.folder is None else change.folder,
        event_precision=now.event_precision if change.event_precision is None else change.event_precision,
        event_zone=now.event_zone if change.event_zone is None else change.event_zone,
    )


def _new_file(now: File, change: AssetChange) -> File:
    return replace(
        now,
        name=now.name if change.file_name is None else change.file_name,
        content_type=now.content_type if change.content_type is None else change.content_type,
    )
