"""Assets without their files, as a kind of resource."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.service_layer.inventory import all_assets
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import DAMAGED, CannotMigrate
from emo_grpc.migration.resource_kind import ResourceKind
from emo_grpc.shared.domain.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class AssetRecords(ResourceKind[Asset | DamagedAsset]):
    """What the database knows of assets, wrapped keys included."""

    target: MetadataStore
    name: ClassVar[str] = "assets"
    noun: ClassVar[str] = "asset"
    damaged: ClassVar[type[Aggregate]] = DamagedAsset

    def walk(self, store: MetadataStore) -> AsyncIterator[Asset | DamagedAsset]:
        """All assets."""
        return all_assets(store.metadata.inventory)

    def identity(self, resource: Asset | DamagedAsset) -> UUID:
        """The asset's id."""
        return resource.asset_id.value

    async def remove(self, target: Asset | DamagedAsset, *, is_gone: bool) -> None:
        """Remove the record alone, without the event that deletes the file."""
        del is_gone
        await self.target.change(self.target.assets, lambda unit: unit.assets.remove(replace(target)))

    async def copy(self, source: Asset | DamagedAsset) -> None:
        """Keeps the version, so that etags stay valid."""
        if isinstance(source, DamagedAsset):
            raise CannotMigrate(DAMAGED)
        asset = replace(source, version=source.version - 1)
        await self.target.change(self.target.assets, lambda unit: unit.assets.add(asset))
