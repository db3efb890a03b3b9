"""Finds an asset of an owner, in a unit of work, and removes it there."""

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.shared.domain.ids import UserId


async def owned_asset(unit: AssetsUnitOfWork, asset_id: AssetId, owner_id: UserId) -> Asset:
    """The asset; raises AssetNotFound, also if another user owns it."""
    asset = await unit.assets.get(asset_id)
    if owner_id not in asset.owner_ids:
        raise AssetNotFound
    return asset


async def changeable_asset(unit: AssetsUnitOfWork, asset_id: AssetId, owner_id: UserId) -> Asset:
    """The asset, for a change; raises AssetNotFound, and AssetInTrash, where nothing changes it."""
    asset = await owned_asset(unit, asset_id, owner_id)
    asset.check_not_in_trash()
    return asset


async def found_asset(unit: AssetsUnitOfWork, asset_id: AssetId, owner_id: UserId) -> Asset | DamagedAsset:
    """The asset, or what is left of it if its record is damaged; raises AssetNotFound."""
    asset = await unit.assets.find(asset_id)
    if asset is None or owner_id not in asset.owner_ids:
        raise AssetNotFound
    return asset


async def remove_asset(unit: AssetsUnitOfWork, asset: Asset | DamagedAsset) -> None:
    """Remove an asset and its upload, and with them their wrapped keys."""
    upload = await unit.uploads.find(asset.asset_id)
    if upload is not None:
        upload.drop()
        await unit.uploads.remove(upload)
    asset.delete()
    await unit.assets.remove(asset)
