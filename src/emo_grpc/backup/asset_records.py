"""Assets without their files, as a kind of resource."""

from dataclasses import dataclass, replace

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.migration.asset_kind import AssetKind
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import DAMAGED, CannotMigrate


@dataclass(frozen=True, slots=True)
class AssetRecords(AssetKind):
    """What the database knows of assets, wrapped keys included."""

    target: MetadataStore

    async def remove(self, target: Asset | DamagedAsset, *, is_gone: bool) -> None:
        """Remove the record alone, without the event that deletes the file."""
        del is_gone
        await self.target.change(self.target.assets, lambda unit: unit.assets.remove(replace(target)))

    async def copy(self, source: Asset | DamagedAsset) -> None:
        """Keeps the version, so that etags stay valid."""
        if isinstance(source, DamagedAsset):
            raise CannotMigrate(DAMAGED)
        asset = replace(source, version=source.version - 1)
        await self.target.change(self.target.assets, lambda unit: unit.assets.add(replace(asset)))
